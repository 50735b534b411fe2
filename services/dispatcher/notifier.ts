import type { Clock } from '../../queue/ports/clock.ts';

/** Wakes one loop when something may have changed. What happens between two waits is not missed. */
export class Notifier {
  readonly #clock: Clock;
  #raised = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  notify(): void {
    this.#raised = true;
    this.#wake?.();
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
