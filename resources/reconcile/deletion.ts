import { type Answer, done, enqueue, requeueAfter } from '../../services/reconciler/answer.ts';
import { keyOf } from '../core/key.ts';
import type { Kind } from '../core/kind.ts';
import { isOwnedBy, type Resource } from '../core/resource.ts';
import { dropEntries, ownedBy } from '../owned.ts';
import { inParallel } from '../parallel.ts';
import type { ResourceStore } from '../store.ts';

/** The finalizer of this library: children go first, then what the kind's reconciler made outside. */
export const CLEANUP = 'levelset/cleanup';

/** Children say when they are gone; this is for those whose word gets lost. */
const CHILDREN_LEAVE = '5s';
/** Somebody else's finalizer: an edit that removes it brings the key back at once. */
const OTHERS_CLEAN_UP = '60s';

/** What is left of the children of a resource that is being deleted. */
async function deleteChildren(store: ResourceStore, owner: Resource, signal: AbortSignal): Promise<string[]> {
  const { context } = store;
  const { uid } = owner.metadata;
  const entries = await ownedBy(context, uid);
  const leaving = await inParallel(entries, async ({ kind: name, uid: child }) => {
    const kind = context.kinds.byName(name);
    // Somebody with more kinds than this process knows of has to clean up after itself.
    if (!kind) return keyOf(name, child);
    const found = await store.find(kind, child);
    if (!found || !isOwnedBy(found, uid)) return undefined;
    signal.throwIfAborted();
    return (await store.delete(kind, child, { known: found })) === 'deleting' ? keyOf(name, child) : undefined;
  });
  const left = leaving.filter((key) => key !== undefined);
  if (left.length === 0) await dropEntries(context, entries);
  return left;
}

/**
 * One pass over a resource that is being deleted: its children are deleted and waited for, then `finalize` cleans up, then our
 * finalizer goes, and the resource with it unless others have theirs. Every step can be repeated.
 */
export async function deletionPass(
  store: ResourceStore,
  kind: Kind,
  resource: Resource,
  { finalize, signal }: { finalize: () => Promise<'gone' | Answer>; signal: AbortSignal },
): Promise<Answer> {
  const { uid } = resource.metadata;
  const left = await deleteChildren(store, resource, signal);
  if (left.length > 0) return enqueue(left, { requeueAfter: CHILDREN_LEAVE });
  if (resource.metadata.finalizers?.includes(CLEANUP)) {
    const finalized = await finalize();
    if (finalized !== 'gone') return finalized;
    signal.throwIfAborted();
    const { metadata } = await store.update(kind, uid, (current) => ({
      finalizers: (current.metadata.finalizers ?? []).filter((each) => each !== CLEANUP),
    }));
    if ((metadata.finalizers ?? []).length === 0) return done();
  }
  return requeueAfter(OTHERS_CLEAN_UP);
}
