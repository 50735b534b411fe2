import type { ResourceContext } from './context.ts';
import { historyName, historyPrefix } from './core/layout.ts';
import type { Kind } from './core/kind.ts';
import type { Resource } from './core/resource.ts';
import { listing } from './listing.ts';
import { inParallel } from './parallel.ts';
import { putOnce } from './put-once.ts';

/** A spec that was replaced. */
export interface SpecSnapshot {
  readonly generation: number;
  readonly name: string;
  /** Of the resource: a UID may have been used before. */
  readonly createdAt: string;
  readonly spec: unknown;
}

/**
 * Keeps a spec that is about to be replaced. Written before the new one: a snapshot of a generation always says the same, so it does
 * not matter who writes it, nor how often. Throws `QueueError` `unavailable`: what cannot be kept is not replaced.
 */
export async function keepSpec(context: ResourceContext, kind: Kind, resource: Resource): Promise<void> {
  const { generation, name, createdAt, uid } = resource.metadata;
  const snapshot: SpecSnapshot = { generation, name, createdAt, spec: resource.spec };
  const at = historyName(kind.name, uid, generation);
  for (;;) {
    if ((await putOnce(context, at, { body: snapshot })) === 'made') return;
    const kept = await context.documents.get(at);
    if (kept && (kept.body as SpecSnapshot).createdAt === createdAt) return;
    // Of an earlier resource with this UID.
    if (kept) await context.documents.delete(at, kept.generation);
  }
}

/** The specs that were replaced, oldest first. */
export async function historyOf(
  { documents }: ResourceContext,
  kind: Kind,
  resource: Resource,
): Promise<SpecSnapshot[]> {
  const names: string[] = [];
  const prefix = historyPrefix(kind.name, resource.metadata.uid);
  for await (const { name } of listing(documents, { prefix })) names.push(name);
  const read = await inParallel(names, (name) => documents.get(name));
  return read
    .map((document) => document?.body as SpecSnapshot | undefined)
    .filter((snapshot) => snapshot !== undefined)
    .filter(({ createdAt }) => createdAt === resource.metadata.createdAt);
}
