import { type Clock, sleep } from './ports/clock.ts';
import type { Random } from './ports/random.ts';

/** First wait; doubles from there. */
const FIRST_MS = 100;
/** Longest wait between two tries. */
const LONGEST_MS = 5_000;
/** Cloud Storage takes about one write a second to one object, so a throttled one is not tried again before. */
const THROTTLED_MS = 1_000;

/** Waits between the tries of an operation whose requests were throttled or got no answer: doubling, jittered, bounded. */
export class Patience {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #endMs: number;
  readonly #signal: AbortSignal | undefined;
  #waitMs = FIRST_MS;

  /** Gives up `budgetMs` from now, or when `signal` aborts. */
  constructor(ports: { clock: Clock; random: Random }, budgetMs: number, signal?: AbortSignal) {
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#endMs = ports.clock.monotonic() + budgetMs;
    this.#signal = signal;
  }

  /** Waits before the next try. False: there should be none. */
  async another(answer: 'throttled' | 'unknown'): Promise<boolean> {
    const baseMs = answer === 'throttled' ? Math.max(THROTTLED_MS, this.#waitMs) : this.#waitMs;
    const waitMs = baseMs * (1 + this.#random.unit() / 2);
    if (this.#signal?.aborted || this.#clock.monotonic() + waitMs > this.#endMs) return false;
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_MS);
    await sleep(this.#clock, waitMs, this.#signal);
    return !this.#signal?.aborted;
  }
}
