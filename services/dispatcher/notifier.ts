import { type Clock, sleep } from '../../queue/ports/clock.ts';

/** Wakes one loop when something may have changed. What happens between two waits is not missed. */
export class Notifier {
  readonly #clock: Clock;
  #raised = false;
  #waiting: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  notify(): void {
    this.#raised = true;
    this.#waiting?.abort();
  }

  /** Resolves at the next notification, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#raised && timeoutMs > 0) {
      this.#waiting = new AbortController();
      await sleep(this.#clock, timeoutMs, this.#waiting.signal);
      this.#waiting = undefined;
    }
    this.#raised = false;
  }
}
