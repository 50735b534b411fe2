import type { Change } from './change.ts';
import { keyOf } from './core/key.ts';

/**
 * Keys to queue after a write: the resource itself, and the owners of one that went, which may want another. A status speaks of what
 * a reconciler has seen; it is no reason to look again.
 */
export function keysAfter({ action, part, resource }: Change): string[] {
  if (part === 'status') return [];
  if (action !== 'deleted') return [keyOf(resource.kind, resource.metadata.uid)];
  return (resource.metadata.ownerReferences ?? []).map(({ kind, uid }) => keyOf(kind, uid));
}
