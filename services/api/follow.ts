import type { Journal } from '../../catalogue/events.ts';
import type { OnChange } from '../../resources/change.ts';
import { keysAfter } from '../../resources/keys-after.ts';

/**
 * Queues what was changed. What is wanted is in the store by then: when the queue cannot be reached, the caller is not told that
 * the write failed, because it did not; the next resync finds it.
 */
export function queueChanges(enqueue: (keys: readonly string[]) => Promise<void>, journal: Journal): OnChange {
  return async (change) => {
    const keys = keysAfter(change);
    if (keys.length === 0) return;
    try {
      await enqueue(keys);
    } catch (error) {
      journal.write('resource-key.failed', { key: keys[0], error });
    }
  };
}
