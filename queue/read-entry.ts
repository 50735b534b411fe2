import type { QueueContext } from './context.ts';
import { decodeEntry, type Entry } from './core/entry.ts';
import type { StoredObject } from './ports/object-store.ts';

/** The entry in an object, read safely; what does not parse is reported. */
export function readEntry(context: Pick<QueueContext, 'journal'>, object: StoredObject): Entry {
  const { entry, problems } = decodeEntry(object.metadata);
  for (const problem of problems) context.journal.write('entry.invalid', { object: object.name, problem });
  return entry;
}
