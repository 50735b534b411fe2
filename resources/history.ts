import type { ResourceContext } from './context.ts';
import { historyName, historyPrefix } from './core/layout.ts';
import type { Kind } from './core/kind.ts';
import type { Resource } from './core/resource.ts';
import { inParallel } from './parallel.ts';
import { NO_DOCUMENT } from './ports/documents.ts';

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
 * not matter who writes it, nor how often.
 */
export async function keepSpec({ documents }: ResourceContext, kind: Kind, resource: Resource): Promise<void> {
  const { generation, name, createdAt, uid } = resource.metadata;
  const snapshot: SpecSnapshot = { generation, name, createdAt, spec: resource.spec };
  const at = historyName(kind.name, uid, generation);
  const written = await documents.put(at, { body: snapshot }, NO_DOCUMENT);
  if (written.kind !== 'lost') return;
  const kept = await documents.get(at);
  // Of an earlier resource with this UID.
  if (kept && (kept.body as SpecSnapshot).createdAt !== createdAt)
    await documents.put(at, { body: snapshot }, kept.generation);
}

/** The specs that were replaced, oldest first. */
export async function historyOf(
  { documents }: ResourceContext,
  kind: Kind,
  resource: Resource,
): Promise<SpecSnapshot[]> {
  const { documents: listed } = await documents.list({ prefix: historyPrefix(kind.name, resource.metadata.uid) });
  const read = await inParallel(listed, ({ name }) => documents.get(name));
  return read
    .map((document) => document?.body as SpecSnapshot | undefined)
    .filter((snapshot) => snapshot !== undefined)
    .filter(({ createdAt }) => createdAt === resource.metadata.createdAt);
}
