import type { QueueContext } from './context.ts';
import type { Enqueue } from './core/enqueue.ts';
import { decodeEntry, encodeEntry, type Entry, metadataChanges } from './core/entry.ts';
import { queuedName } from './core/layout.ts';
import { mergeEnqueue } from './core/merge.ts';
import { QueueError } from './errors.ts';
import { Patience } from './patience.ts';
import type { StoredObject } from './ports/object-store.ts';

export interface Enqueued {
  /** `deduplicated`: the waiting entry already says all that was asked, nothing was written. */
  readonly kind: 'queued' | 'merged' | 'deduplicated';
  /** The entry as the write, or the read, left it. */
  readonly object: StoredObject;
}

export interface EnqueueOptions {
  /** W3C trace context of the caller, kept on a new entry. */
  readonly traceparent?: string | undefined;
  /** The dead letter that the key is redriven from. */
  readonly redriveOf?: string | undefined;
}

/** How long a call tries before it gives up on the bucket. */
const BUDGET_MS = 20_000;

/**
 * Writes the wish into the bucket: when this resolves, the key will be started after the moment this was called.
 *
 * That the waiting entry may be left as it is when it already says everything rests on the order of a start: a run begins only
 * after the delete of the entry was answered, so an entry that can still be read here belongs to a run that has not begun.
 *
 * Throws `QueueError` `unavailable` when the bucket does not take the write; the key may be queued all the same.
 */
export async function enqueue(context: QueueContext, wish: Enqueue, options: EnqueueOptions = {}): Promise<Enqueued> {
  const { store, clock } = context;
  const name = queuedName(wish.key);
  const patience = new Patience(context, BUDGET_MS);
  const calledMs = clock.now();
  const timing = wish.delaySeconds > 0 ? { notBeforeMs: calledMs + wish.delaySeconds * 1000 } : {};
  const fresh: Entry = {
    ...timing,
    priority: wish.priority,
    attempts: 0,
    firstQueuedMs: calledMs,
    traceparent: options.traceparent,
    redriveOf: options.redriveOf,
    unknown: {},
  };
  const metadata = encodeEntry(fresh);
  /** A write of ours got no answer: it may be what the next read shows. */
  let unsure: 'queued' | 'merged' | undefined;
  for (;;) {
    const created = await store.put(name, metadata, 'absent');
    if (created.kind === 'ok') return { kind: 'queued', object: created.object };
    let hurdle: 'throttled' | 'unknown' | undefined;
    if (created.kind === 'unknown') {
      unsure = 'queued';
      hurdle = 'unknown';
    } else if (created.kind === 'throttled') hurdle = 'throttled';

    const waiting = await store.get(name);
    if (waiting) {
      const current = decodeEntry(waiting.metadata).entry;
      const redrive = options.redriveOf === undefined ? {} : { redriveOf: options.redriveOf };
      const merged = { ...mergeEnqueue(current, { priority: wish.priority, ...timing }, calledMs), ...redrive };
      const changes = metadataChanges(encodeEntry(current), encodeEntry(merged));
      if (Object.keys(changes).length === 0) return { kind: unsure ?? 'deduplicated', object: waiting };
      const patched = await store.patch(name, changes, waiting);
      if (patched.kind === 'ok') return { kind: 'merged', object: patched.object };
      if (patched.kind === 'unknown') unsure ??= 'merged';
      hurdle = patched.kind === 'unknown' || patched.kind === 'throttled' ? patched.kind : undefined;
    }
    if (hurdle && !(await patience.another(hurdle))) {
      const why = hurdle === 'throttled' ? 'throttles writes to this key' : 'did not answer';
      throw new QueueError('unavailable', `the bucket ${why}: key=${JSON.stringify(wish.key)}`);
    }
  }
}
