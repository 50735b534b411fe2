import { type Answer, enqueue } from '../../services/reconciler/answer.ts';
import type { Duration } from '../../services/rpc/duration.ts';
import { keyOf, resyncKey } from '../core/key.ts';
import type { Kind } from '../core/kind.ts';
import type { ResourceStore } from '../store.ts';

/** Resources that one run queues: an answer of a size that travels well. */
const AT_ONCE = 500;

/**
 * Queues all resources of a kind, a part at a time: nothing that was written is forgotten, even if the key that should have followed
 * the write was lost. The key of the first part comes back after `every`.
 */
export async function resync(
  store: ResourceStore,
  kind: Kind,
  after: string | undefined,
  every: Duration,
): Promise<Answer> {
  const keys: string[] = [];
  let last: string | undefined;
  for await (const uid of store.uids(kind, after === undefined ? {} : { after })) {
    if (keys.length === AT_ONCE) {
      keys.push(resyncKey(kind.name, last));
      break;
    }
    keys.push(keyOf(kind.name, uid));
    last = uid;
  }
  return after === undefined ? enqueue(keys, { requeueAfter: every }) : enqueue(keys);
}
