import type { Clock } from './ports/clock.ts';

/**
 * A time limit on each of any number of things under way. What began first lapses first, since the limit is the same for all: one
 * timer does, in place of one each.
 */
export class TimeLimit<T> {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #lapse: (late: T) => void;
  /** What is under way, the oldest first, with the moment at which it lapses (monotonic ms). */
  readonly #open = new Map<T, number>();
  #cancel: () => void = () => {};

  /** Calls `lapse` with what has not ended `limitMs` after it began. */
  constructor(clock: Clock, limitMs: number, lapse: (late: T) => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#lapse = lapse;
  }

  begin(item: T): void {
    this.#open.set(item, this.#clock.monotonic() + this.#limitMs);
    if (this.#open.size === 1) this.#arm(this.#limitMs);
  }

  /** Of what has lapsed, or was never begun, nothing is done. */
  end(item: T): void {
    // The timer of one that has ended goes on for those that came after it, and keeps no idle process alive.
    if (this.#open.delete(item) && this.#open.size === 0) this.#cancel();
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.after(delayMs, () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonic();
    for (const [item, dueMs] of this.#open) {
      // A timer may come a fraction of a millisecond early.
      if (dueMs > nowMs) return this.#arm(dueMs - nowMs);
      this.#open.delete(item);
      this.#lapse(item);
    }
  }
}
