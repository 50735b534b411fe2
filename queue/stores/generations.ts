import type { Clock } from '../ports/clock.ts';

/**
 * Draws generations: microseconds of the clock, but always above the last one, so never the same twice. Cloud Storage promises
 * only that they differ; that these grow is a property of this engine that no one may rely on.
 */
export class Generations {
  readonly #clock: Clock;
  /** A safe integer until the year 2255. */
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get last(): number {
    return this.#last;
  }

  next(): string {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#clock.now() * 1000));
    return String(this.#last);
  }

  /** Never draws `generation` or one below it again: for what was drawn before a restart. */
  skip(generation: number): void {
    this.#last = Math.max(this.#last, generation);
  }
}
