import type { Clock } from '../ports/clock.ts';

/** Writes to one name that may come at once. */
const BURST = 2;
/** Time for one more. */
const REFILL_MS = 1000;
/** Names that are remembered before those that are full again are forgotten. */
const PRUNE_AT = 10_000;

/** The limit of Cloud Storage of about one write a second to one object name, as a token bucket for each name. */
export class WriteRate {
  readonly #clock: Clock;
  /** The moment at which the bucket of a name is full again; a name that is not here is full. */
  readonly #fullAtMs = new Map<string, number>();
  #pruneAt = PRUNE_AT;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a token for a write to `name`. False: none is left, and nothing was taken. */
  take(name: string): boolean {
    const nowMs = this.#clock.monotonic();
    const fullAtMs = Math.max(this.#fullAtMs.get(name) ?? nowMs, nowMs) + REFILL_MS;
    if (fullAtMs > nowMs + BURST * REFILL_MS) return false;
    this.#fullAtMs.set(name, fullAtMs);
    if (this.#fullAtMs.size >= this.#pruneAt) this.#prune(nowMs);
    return true;
  }

  #prune(nowMs: number): void {
    for (const [name, fullAtMs] of this.#fullAtMs) if (fullAtMs <= nowMs) this.#fullAtMs.delete(name);
    this.#pruneAt = Math.max(PRUNE_AT, this.#fullAtMs.size * 2);
  }
}
