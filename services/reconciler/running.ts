/** The runs of a reconciler process, and the way it comes to its end: once stopped, none begins and all are asked to leave off. */
export class Running {
  readonly #stop = new AbortController();
  readonly #idle = Promise.withResolvers<void>();
  #count = 0;

  /** Aborts when {@link stop} is called. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Runs the task and counts it, or says `undefined` if no more may begin. */
  admit<T>(task: () => Promise<T>): Promise<T> | undefined {
    if (this.#stop.signal.aborted) return undefined;
    this.#count++;
    return task().finally(() => {
      this.#count--;
      this.#settle();
    });
  }

  /** Resolves when the last run has been answered. */
  stop(): Promise<void> {
    this.#stop.abort(new DOMException('this instance stops', 'AbortError'));
    this.#settle();
    return this.#idle.promise;
  }

  #settle(): void {
    if (this.#stop.signal.aborted && this.#count === 0) this.#idle.resolve();
  }
}
