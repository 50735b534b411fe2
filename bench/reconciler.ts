import type { Answer, Call, ReconcilerCaller } from '../services/rpc/reconciler-port.ts';

interface OpenRun {
  readonly beganMs: number;
  end(): void;
}

/** A reconciler that takes its time and does nothing, and keeps account of its slots. */
export class TimedReconciler implements ReconcilerCaller {
  readonly runMs: number;
  /** Keys in the order their runs began, with the moment (`performance.now`). */
  readonly starts: { readonly key: string; readonly atMs: number }[] = [];
  ended = 0;
  /** Most runs at once. */
  most = 0;
  #busyMs = 0;
  readonly #open = new Set<OpenRun>();
  #waiters: { readonly reached: () => boolean; readonly wake: () => void }[] = [];

  readonly #onStart: (key: string) => void;

  constructor(runMs: number, onStart: (key: string) => void = () => {}) {
    this.runMs = runMs;
    this.#onStart = onStart;
  }

  process(call: Pick<Call, 'key'> & Partial<Pick<Call, 'signal'>>): Promise<Answer> {
    const beganMs = performance.now();
    this.starts.push({ key: call.key, atMs: beganMs });
    this.#onStart(call.key);
    return new Promise((resolve) => {
      const run = {
        beganMs,
        end: () => {
          clearTimeout(timer);
          if (!this.#open.delete(run)) return;
          this.ended++;
          this.#busyMs += performance.now() - beganMs;
          this.#wake();
          resolve({ outcome: { kind: 'done' }, started: true });
        },
      };
      const timer = setTimeout(run.end, this.runMs);
      this.#open.add(run);
      this.most = Math.max(this.most, this.#open.size);
      this.#wake();
      call.signal?.addEventListener('abort', run.end, { once: true });
    });
  }

  close(): void {}

  /** Ends the run that has taken longest. */
  endOne(): void {
    for (const run of this.#open) return run.end();
  }

  /** Slot time used until `nowMs`. */
  usedMs(nowMs: number): number {
    let usedMs = this.#busyMs;
    for (const { beganMs } of this.#open) usedMs += nowMs - beganMs;
    return usedMs;
  }

  /** Resolves when so many runs have begun and ended. */
  until({ started = 0, ended = 0 }: { readonly started?: number; readonly ended?: number }): Promise<void> {
    return this.#when(() => this.starts.length >= started && this.ended >= ended);
  }

  /** The moment at which the run of a key begins, or began. */
  async startOf(key: string): Promise<number> {
    const find = () => this.starts.find((start) => start.key === key);
    await this.#when(() => find() !== undefined);
    return find()?.atMs ?? Number.NaN;
  }

  async #when(reached: () => boolean): Promise<void> {
    if (!reached()) await new Promise<void>((wake) => this.#waiters.push({ reached, wake }));
  }

  #wake(): void {
    const woken = this.#waiters.filter(({ reached }) => reached());
    if (woken.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !woken.includes(waiter));
    for (const { wake } of woken) wake();
  }
}
