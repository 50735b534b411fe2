import type { QueueContext } from './context.ts';
import { Patience } from './patience.ts';
import type { StoredObject } from './ports/object-store.ts';

/** `changed`: it is not what was seen any more (touched, leased, gone), and was left alone. */
export type Dropped = 'dropped' | 'changed' | 'unavailable';

const BUDGET_MS = 20_000;

/**
 * Deletes a queued entry or a dead letter exactly as it was seen: what came in after the operator looked is not dropped with it. A run
 * that has begun goes on.
 */
export async function drop(context: QueueContext, seen: StoredObject): Promise<Dropped> {
  const { name, generation, metageneration } = seen;
  const patience = new Patience(context, BUDGET_MS);
  for (let unsure = false; ;) {
    const deleted = await context.store.delete(name, { generation, metageneration });
    if (deleted.kind === 'ok') return 'dropped';
    if (deleted.kind === 'missing' && unsure) return 'dropped';
    if (deleted.kind === 'missing' || deleted.kind === 'lost') return 'changed';
    unsure ||= deleted.kind === 'unknown';
    if (!(await patience.another(deleted.kind))) return 'unavailable';
  }
}
