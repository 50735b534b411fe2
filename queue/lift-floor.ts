import type { QueueContext } from './context.ts';
import type { Key } from './core/key.ts';
import { META, queuedName } from './core/layout.ts';
import { Patience } from './patience.ts';
import type { StoredObject } from './ports/object-store.ts';
import { QueueError } from './errors.ts';
import { readEntry } from './read-entry.ts';

const BUDGET_MS = 20_000;

/**
 * Makes a queued key eligible now although its reconciler set a floor, which enqueues respect. Resolves to the entry as it then waits,
 * or `undefined` where the key is not queued (any more).
 */
export async function liftFloor(context: QueueContext, key: Key): Promise<StoredObject | undefined> {
  const { store } = context;
  const patience = new Patience(context, BUDGET_MS);
  for (;;) {
    const waiting = await store.get(queuedName(key));
    if (!waiting || !readEntry(context, waiting).floor) return waiting;
    const { generation, metageneration } = waiting;
    const lifted = { [META.notBefore]: null, [META.floor]: null };
    const patched = await store.patch(waiting.name, lifted, { generation, metageneration });
    if (patched.kind === 'ok') return patched.object;
    if (!(await patience.another(patched.kind === 'throttled' ? 'throttled' : 'unknown'))) {
      throw new QueueError('unavailable', `the bucket does not take the change: key=${JSON.stringify(key)}`);
    }
  }
}
