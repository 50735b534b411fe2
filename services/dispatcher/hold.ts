import type { Clock } from '../../queue/ports/clock.ts';

/** Between two wake messages while no push has come. */
const WAKE_AGAIN_MS = 20_000;

/**
 * Keeps one trigger's request open while the dispatcher is not idle: on request-billed Cloud Run that is what the process gets
 * CPU for. Each newer trigger takes over and the older one is answered, so that Pub/Sub sees fast answers under load. When none
 * comes, a wake message is published and its push waited for: the last open request is never answered while there is work.
 */
export class Hold {
  readonly #clock: Clock;
  readonly #wakeMs: number;
  readonly #wake: () => void;
  #held: { resolve(): void; reject(reason: Error): void } | undefined;
  #cancelWake: () => void = () => {};

  /** `wake` publishes a message that comes back as a trigger; it is called `wakeMs` after the newest trigger came. */
  constructor(clock: Clock, wakeMs: number, wake: () => void) {
    this.#clock = clock;
    this.#wakeMs = wakeMs;
    this.#wake = wake;
  }

  /** Takes over with a newer trigger. Resolves when its request may be answered, rejects when Pub/Sub should send it again. */
  take(): Promise<void> {
    return new Promise((resolve, reject) => {
      const older = this.#held;
      this.#held = { resolve, reject };
      older?.resolve();
      this.#wakeAfter(this.#wakeMs);
    });
  }

  /** Answers the open request: there is nothing more to do. */
  release(): void {
    this.#end()?.resolve();
  }

  /** Answers the open request with an error. */
  fail(reason: Error): void {
    this.#end()?.reject(reason);
  }

  #end() {
    const held = this.#held;
    this.#held = undefined;
    this.#cancelWake();
    return held;
  }

  #wakeAfter(delayMs: number): void {
    this.#cancelWake();
    this.#cancelWake = this.#clock.after(delayMs, () => {
      this.#wake();
      this.#wakeAfter(WAKE_AGAIN_MS);
    });
  }
}
