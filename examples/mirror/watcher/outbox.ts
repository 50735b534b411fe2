import { type Clock, sleep } from '../../../queue/ports/clock.ts';

/** What became of one post. `refused`: the door says that the same event will never be accepted. */
export type Posted = { readonly kind: 'accepted' } | { readonly kind: 'refused' | 'failed'; readonly problem: string };

export interface OutboxOptions {
  readonly post: (key: string) => Promise<Posted>;
  readonly clock: Clock;
  /** Posts under way at once. */
  readonly concurrency: number;
  /** Keys kept at most. */
  readonly limit: number;
  /** More keys came than are kept: nothing is known to be told any more, so all of it has to be told again. */
  readonly onOverflow: () => void;
  readonly onRefused: (key: string, problem: string) => void;
  /** Called once when posts begin to fail, and once when they succeed again. */
  readonly onDoor: (open: boolean, problem: string) => void;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Keys that are still to be told to the door. A set: a file that changes a hundred times while the door is shut is told once.
 *
 * A key leaves the set *before* it is posted. A change during the post then adds it again, and it is told again.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #pending = new Set<string>();
  #posting = 0;
  #failures = 0;
  #waiting = false;
  readonly #stop = new AbortController();
  readonly #wantRoom: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stop.signal.aborted) return;
    if (this.#pending.size >= this.#options.limit && !this.#pending.has(key)) {
      this.#pending.clear();
      this.#options.onOverflow();
      return;
    }
    this.#pending.add(key);
    this.#fill();
  }

  /** Resolves once half of the limit is free: for a producer that can wait, so that only surprises overflow. */
  async room(): Promise<void> {
    while (this.#pending.size > this.#options.limit / 2 && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => this.#wantRoom.push(resolve));
    }
  }

  /** Resolves once every key added so far was told or refused, or after `stop`. */
  async told(): Promise<void> {
    while (this.#pending.size + this.#posting > 0 && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => this.#wantRoom.push(resolve));
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#pending.clear();
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#wantRoom.splice(0)) resolve();
  }

  #fill(): void {
    // After a failure one post at a time finds out whether the door is open again.
    const slots = this.#failures > 0 ? 1 : this.#options.concurrency;
    while (!this.#waiting && this.#posting < slots) {
      const { value: key } = this.#pending.values().next();
      if (key === undefined) return;
      this.#pending.delete(key);
      this.#posting++;
      void this.#tell(key);
    }
  }

  async #tell(key: string): Promise<void> {
    const posted = await this.#options.post(key);
    this.#posting--;
    if (this.#stop.signal.aborted) return;
    if (posted.kind === 'failed') {
      this.#pending.add(key);
      await this.#backOff(posted.problem);
    } else {
      if (posted.kind === 'refused') this.#options.onRefused(key, posted.problem);
      if (this.#failures > 0) this.#options.onDoor(true, '');
      this.#failures = 0;
    }
    this.#fill();
    this.#wake();
  }

  async #backOff(problem: string): Promise<void> {
    if (this.#waiting) return;
    if (this.#failures === 0) this.#options.onDoor(false, problem);
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures++;
    this.#waiting = true;
    await sleep(this.#options.clock, waitMs, this.#stop.signal);
    this.#waiting = false;
  }
}
