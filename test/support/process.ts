import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';

/**
 * A process that can be stopped as SIGSTOP and SIGKILL stop one: from then on none of its timers fires, and no answer reaches it.
 * Requests that were sent are still carried out. `resume` is SIGCONT: all that was missed happens at once.
 */
export class Process {
  readonly clock: Clock;
  readonly store: ObjectStore;
  #stopped = false;
  #missed: (() => void)[] = [];
  /** Asked before each request: `before` = stop without sending it, `after` = stop when it was carried out. */
  stopAt: (operation: string, name: string) => 'before' | 'after' | undefined = () => undefined;

  constructor(outside: { readonly clock: Clock; readonly store: ObjectStore }) {
    this.clock = {
      now: () => outside.clock.now(),
      monotonic: () => outside.clock.monotonic(),
      after: (delayMs, task) => outside.clock.after(delayMs, () => this.#arrive(task)),
      soon: (task) => outside.clock.soon(() => this.#arrive(task)),
    };
    const { store } = outside;
    this.store = {
      get: (name) => this.#request('get', name, () => store.get(name)),
      list: (query) => this.#request('list', query.prefix ?? '', () => store.list(query)),
      put: (name, metadata, condition) => this.#request('put', name, () => store.put(name, metadata, condition)),
      copy: (request) => this.#request('copy', request.to, () => store.copy(request)),
      patch: (name, changes, pin) => this.#request('patch', name, () => store.patch(name, changes, pin)),
      delete: (name, pin) => this.#request('delete', name, () => store.delete(name, pin)),
    };
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  stop(): void {
    this.#stopped = true;
  }

  resume(): void {
    this.#stopped = false;
    this.stopAt = () => undefined;
    const missed = this.#missed;
    this.#missed = [];
    for (const task of missed) task();
  }

  #arrive(task: () => void): void {
    if (this.#stopped) this.#missed.push(task);
    else task();
  }

  #request<T>(operation: string, name: string, send: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const go = () => {
        const when = this.stopAt(operation, name);
        if (when) this.stop();
        if (when === 'before') {
          this.#missed.push(go);
          return;
        }
        send().then(
          (answer) => this.#arrive(() => resolve(answer)),
          (error: Error) => this.#arrive(() => reject(error)),
        );
      };
      this.#arrive(go);
    });
  }
}
