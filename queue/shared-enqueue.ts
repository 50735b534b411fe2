import type { QueueContext } from './context.ts';
import type { Enqueue } from './core/enqueue.ts';
import type { Key } from './core/key.ts';
import { type Enqueued, enqueue, type EnqueueOptions } from './enqueue.ts';

/** Calls that wait for the write before theirs to end, and then share one. */
interface Batch {
  priority: number;
  /** Unix ms of the earliest time that one of them asked for; `undefined` = now. */
  notBeforeMs: number | undefined;
  readonly options: EnqueueOptions;
  readonly written: PromiseWithResolvers<Enqueued>;
}

/**
 * Enqueues that lets calls for one key share their writes: a key that is touched a thousand times a second costs the bucket what it
 * takes, about one write a second to one object, and no more.
 *
 * A call may share a write only if that is *sent after* the call was made: one that is under way may be read, started and settled
 * before the call, which it would then not cover (promise 1). So callers that arrive during a write wait for its end and share the
 * next one.
 */
export class SharedEnqueue {
  readonly #context: QueueContext;
  /** Keys with a write under way, and who waits for it to end. */
  readonly #underWay = new Map<Key, Batch | undefined>();

  constructor(context: QueueContext) {
    this.#context = context;
  }

  /** As {@link enqueue}. Throws what the shared write throws, to all who share it. */
  async enqueue(wish: Enqueue, options: EnqueueOptions = {}): Promise<Enqueued> {
    if (this.#underWay.has(wish.key)) return this.#join(wish, options);
    this.#underWay.set(wish.key, undefined);
    return this.#write(wish, options);
  }

  #join(wish: Enqueue, options: EnqueueOptions): Promise<Enqueued> {
    const nowMs = this.#context.clock.now();
    const notBeforeMs = wish.delaySeconds > 0 ? nowMs + wish.delaySeconds * 1000 : undefined;
    const batch = this.#underWay.get(wish.key);
    if (!batch) {
      const written = Promise.withResolvers<Enqueued>();
      this.#underWay.set(wish.key, { priority: wish.priority, notBeforeMs, options, written });
      return written.promise;
    }
    batch.priority = Math.max(batch.priority, wish.priority);
    const both = batch.notBeforeMs !== undefined && notBeforeMs !== undefined;
    batch.notBeforeMs = both ? Math.min(batch.notBeforeMs as number, notBeforeMs) : undefined;
    // Only the first one tells of the write, so that a thousand callers make one hint.
    return batch.written.promise.then(({ object }) => ({ kind: 'deduplicated', object }));
  }

  async #write(wish: Enqueue, options: EnqueueOptions): Promise<Enqueued> {
    try {
      return await enqueue(this.#context, wish, options);
    } finally {
      this.#next(wish.key);
    }
  }

  #next(key: Key): void {
    const batch = this.#underWay.get(key);
    if (!batch) {
      this.#underWay.delete(key);
      return;
    }
    this.#underWay.set(key, undefined);
    const { priority, notBeforeMs, options, written } = batch;
    const leftMs = notBeforeMs === undefined ? 0 : notBeforeMs - this.#context.clock.now();
    const delaySeconds = Math.max(0, Math.ceil(leftMs / 1000));
    this.#write({ key, priority, delaySeconds }, options).then(written.resolve, written.reject);
  }
}
