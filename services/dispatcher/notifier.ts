import type { Clock } from '../../queue/ports/clock.ts';

/**
 * Wakes one loop when something may have changed. What happens between two waits is not missed, and what happens together wakes it
 * once: of a busy dispatcher's answers, many come in one turn of the event loop.
 */
export class Notifier {
  readonly #clock: Clock;
  #raised = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  notify(): void {
    if (this.#raised) return;
    this.#raised = true;
    if (this.#wake) this.#clock.soon(this.#wake);
  }

  /** Resolves at the next notification, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#raised && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(timeoutMs, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#raised = false;
  }
}
