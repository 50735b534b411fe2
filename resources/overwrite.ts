import { isDeepStrictEqual } from 'node:util';
import { QueueError } from '../queue/errors.ts';
import { Patience } from '../queue/patience.ts';
import { type ResourceContext, nowOf } from './context.ts';
import { ResourceError } from './errors.ts';
import { keepSpec } from './history.ts';
import { resourceName } from './core/layout.ts';
import type { Kind } from './core/kind.ts';
import type { Resource } from './core/resource.ts';
import { dropOwned } from './owned.ts';
import { decode, encode } from './stored.ts';

/** How often a write is tried anew that others were faster than. Each loss is somebody else's success. */
const MOST_LOSSES = 20;
/** How long a throttled write, or one without an answer, is gone after. */
export const WRITE_BUDGET_MS = 20_000;

export interface OverwriteOptions {
  /** Only this version: another one is a `Conflict`. Absent: whatever is there, read anew after each lost race. */
  readonly ifVersion?: string | undefined;
  /**
   * As it was read last, where no version is named: the first try goes by it, which saves a read. A stale one costs a write that is lost;
   * nothing else follows from it.
   */
  readonly known?: Resource | undefined;
}

export interface Overwritten {
  /** `gone`: removed, because it was being deleted and its last finalizer went. */
  readonly kind: 'written' | 'unchanged' | 'gone';
  readonly resource: Resource;
  readonly before: Resource;
}

/**
 * Reads a resource, asks `change` what it is to become, and writes that, on the condition that nobody wrote in between. Nothing is
 * written where nothing changes. Throws `NotFound`, `Conflict`, and what `change` throws.
 */
export async function overwrite(
  context: ResourceContext,
  kind: Kind,
  uid: string,
  { ifVersion, known }: OverwriteOptions,
  change: (current: Resource) => Resource,
): Promise<Overwritten> {
  const { documents } = context;
  const name = resourceName(kind.name, uid);
  const patience = new Patience(context, WRITE_BUDGET_MS);
  let losses = 0;
  /** What a write without an answer wanted to be, and from what. */
  let pending: { readonly after: Resource; readonly before: Resource } | undefined;
  let remembered = ifVersion === undefined ? known : undefined;
  const read = async () => {
    const document = await documents.get(name);
    return document && decode(kind, uid, document);
  };
  for (;;) {
    const fromMemory = remembered !== undefined;
    const before = remembered ?? (await read());
    remembered = undefined;
    if (pending && before && sameBut(pending.after, before))
      return { kind: 'written', resource: before, before: pending.before };
    if (pending && !before && isLeaving(pending.after)) {
      await dropOwned(context, pending.before);
      return { kind: 'gone', resource: pending.after, before: pending.before };
    }
    if (!before) throw notFound(kind, uid);
    const { resourceVersion } = before.metadata;
    if (ifVersion !== undefined && ifVersion !== resourceVersion) {
      throw new ResourceError('Conflict', `${kind.name} ${uid} has changed: resourceVersion=${resourceVersion}`);
    }
    const after = { ...change(before) };
    if (sameBut(after, before)) {
      // What is remembered may be out of date; only what was read says that there is nothing to do.
      if (fromMemory) continue;
      return { kind: 'unchanged', resource: before, before };
    }
    const stamped = stamp(after, before, nowOf(context));
    if (kind.history && stamped.metadata.generation !== before.metadata.generation)
      await keepSpec(context, kind, before);

    const leaving = isLeaving(stamped);
    const written = leaving
      ? await documents.delete(name, resourceVersion)
      : await documents.put(name, encode(kind, stamped), resourceVersion);
    switch (written.kind) {
      case 'ok': {
        if (leaving) {
          await dropOwned(context, before);
          return { kind: 'gone', resource: stamped, before };
        }
        const generation = 'generation' in written ? (written.generation as string) : resourceVersion;
        const metadata = { ...stamped.metadata, resourceVersion: generation };
        return { kind: 'written', resource: { ...stamped, metadata }, before };
      }
      case 'missing':
        // Somebody else removed it, and told of it: reading says so.
        break;
      case 'lost':
        if (++losses >= MOST_LOSSES)
          throw new ResourceError('Conflict', `${kind.name} ${uid} changes too often to be written: losses=${losses}`);
        break;
      case 'throttled':
      case 'unknown':
        if (written.kind === 'unknown') pending = { after: stamped, before };
        if (!(await patience.another(written.kind))) {
          throw new QueueError('unavailable', `the store does not take ${kind.name} ${uid}: ${written.kind}`);
        }
        break;
      default:
        written satisfies never;
    }
  }
}

export function notFound(kind: Kind, uid: string): ResourceError {
  return new ResourceError('NotFound', `${kind.name} not found: ${uid}`);
}

/** A new spec is a new generation; `updatedAt` moves with every write. */
function stamp(after: Resource, before: Resource, now: string): Resource {
  const generation = before.metadata.generation + (isDeepStrictEqual(after.spec, before.spec) ? 0 : 1);
  const { kind, apiVersion, schemaVersion } = before;
  const { uid, createdAt } = before.metadata;
  return {
    ...after,
    kind,
    apiVersion,
    schemaVersion,
    metadata: { ...after.metadata, uid, createdAt, updatedAt: now, generation },
  };
}

function isLeaving({ metadata }: Resource): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

/** Equal but for the version, which no one but the store decides. */
export function sameBut(a: Resource, b: Resource): boolean {
  const bare = ({ metadata: { resourceVersion: _version, ...metadata }, ...rest }: Resource) => ({ ...rest, metadata });
  return isDeepStrictEqual(JSON.parse(JSON.stringify(bare(a))), JSON.parse(JSON.stringify(bare(b))));
}
