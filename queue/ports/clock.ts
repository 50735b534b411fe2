/**
 * Time as the queue sees it. Real time lives in `services/runtime`, manual time in `levelset/testing`; nothing else reads a clock.
 */
export interface Clock {
  /** Wall clock, unix milliseconds. May be stepped; compared with the clocks of other processes. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes backwards. Only compared with itself. */
  monotonic(): number;
  /** Runs `task` once after `delayMs` (0 = as soon as the caller has yielded). Returns a function that cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` once when all that has happened by now has been told: what several of these bring about is looked at together. */
  soon(task: () => void): void;
}

/** Resolves after `delayMs`, or at once when `signal` aborts: look at the signal to tell which. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}
