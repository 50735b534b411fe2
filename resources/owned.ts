import type { ResourceContext } from './context.ts';
import { ownedIn, ownedName, ownedPrefix } from './core/layout.ts';
import type { Resource } from './core/resource.ts';
import { listing } from './listing.ts';
import { inParallel } from './parallel.ts';
import { putOnce } from './put-once.ts';

/** A resource that an owner has, or is about to have. */
export interface OwnedEntry {
  readonly kind: string;
  readonly uid: string;
  readonly name: string;
  readonly generation: string;
}

/**
 * Notes that an owner is about to have a resource. Written before the resource is: whatever dies in between, no resource exists that
 * its owner cannot find. An entry without a resource means nothing.
 */
export async function noteOwned(context: ResourceContext, resource: Resource): Promise<void> {
  for (const { uid } of resource.metadata.ownerReferences ?? []) {
    await putOnce(context, ownedName(uid, resource.kind, resource.metadata.uid), { body: {} });
  }
}

/** Forgets a resource that is gone. What is left here by accident goes with the owner. */
export async function dropOwned(context: ResourceContext, resource: Resource): Promise<void> {
  for (const { uid } of resource.metadata.ownerReferences ?? []) {
    const name = ownedName(uid, resource.kind, resource.metadata.uid);
    const entry = await context.documents.get(name);
    // Whoever makes the resource anew has noted it before: its entry is another generation only if it was dropped in between.
    if (entry) await context.documents.delete(name, entry.generation);
  }
}

/** What an owner has, of one kind or of all. */
export async function ownedBy(context: ResourceContext, ownerUid: string, kind?: string): Promise<OwnedEntry[]> {
  const prefix = `${ownedPrefix(ownerUid)}${kind === undefined ? '' : `${kind}/`}`;
  const entries: OwnedEntry[] = [];
  for await (const { name, generation } of listing(context.documents, { prefix })) {
    const found = ownedIn(name);
    if (found) entries.push({ ...found, name, generation });
  }
  return entries;
}

/** Forgets entries without resources. Only for an owner that is going: someone may be about to make what an entry speaks of. */
export async function dropEntries(context: ResourceContext, entries: readonly OwnedEntry[]): Promise<void> {
  await inParallel(entries, ({ name, generation }) => context.documents.delete(name, generation));
}
