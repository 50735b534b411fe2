import { QueueError } from '../queue/errors.ts';
import { Patience } from '../queue/patience.ts';
import type { Change, PatchType } from './change.ts';
import { nowOf, type ResourceContext } from './context.ts';
import { invalid, ResourceError } from './errors.ts';
import { historyOf, type SpecSnapshot } from './history.ts';
import type { Kind, KindSet, ResourceOf, SpecInputOf, SpecOf, StatusOf } from './core/kind.ts';
import { matchesLabels } from './core/labels.ts';
import { resourceName } from './core/layout.ts';
import { prefixOfUid, randomUid } from './core/uid.ts';
import { isOwnedBy, type Resource } from './core/resource.ts';
import { noteOwned } from './owned.ts';
import { notFound, overwrite, type OverwriteOptions, sameBut, WRITE_BUDGET_MS } from './overwrite.ts';
import { inParallel } from './parallel.ts';
import { NO_DOCUMENT } from './ports/documents.ts';
import { type Selection, uidsOf } from './selection.ts';
import { checked, decode, encode } from './stored.ts';

/** How often another UID is drawn when one is taken: 32 bits are few. */
const MOST_DRAWS = 5;
/** Resources that are read ahead of a list. */
const READ_AHEAD = 64;

export interface NewResource<Spec> {
  readonly name: string;
  readonly spec: Spec;
  /** Drawn where absent. */
  readonly uid?: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[];
  /** It goes with its owner. */
  readonly owner?: Resource;
  /** Instead of the first status that the kind's schema makes. */
  readonly status?: object;
}

/** What may be changed of a resource by who declares it. What is not named stays. */
export interface Edit<Spec> {
  readonly name?: string;
  readonly spec?: Spec;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[];
}

export interface UpdateOptions extends OverwriteOptions {
  /** It comes of a patch of this type, and the event says so: `patched`. Absent: `updated`. */
  readonly patchType?: PatchType;
}

export interface ListQuery extends Selection {
  /** At most this many, and where to go on. */
  readonly limit?: number;
}

export interface ResourcePage<R> {
  readonly items: readonly R[];
  /** UID to go on behind (`after`); absent on the last page. */
  readonly next?: string;
}

/**
 * Resources in a bucket. Every write is conditional on what was read, so no one overwrites what somebody else wrote in between: a
 * change of the status keeps a spec that was edited meanwhile, and the other way round.
 *
 * Throws `ResourceError` for what a caller can act on, and `QueueError` where the bucket fails.
 */
export class ResourceStore {
  readonly #context: ResourceContext;

  constructor(context: ResourceContext) {
    this.#context = context;
  }

  get kinds(): KindSet {
    return this.#context.kinds;
  }

  /** The resource, or `undefined` where there is none. */
  async find<K extends Kind>(kind: K, uid: string): Promise<ResourceOf<K> | undefined> {
    // What is not of the kind's shape cannot be there, and may not reach the names of objects.
    if (prefixOfUid(uid) !== kind.prefix) return undefined;
    const document = await this.#context.documents.get(resourceName(kind.name, uid));
    return document && decode(kind, uid, document);
  }

  /** The resource. Throws `NotFound`. */
  async get<K extends Kind>(kind: K, uid: string): Promise<ResourceOf<K>> {
    const found = await this.find(kind, uid);
    if (!found) throw notFound(kind, uid);
    return found;
  }

  /** Makes a resource. Throws `Invalid`, and `AlreadyExists` for a UID that was asked for and is taken. */
  async create<K extends Kind>(kind: K, wish: NewResource<SpecInputOf<K>>): Promise<ResourceOf<K>> {
    const { random } = this.#context;
    for (let draw = 1; ; draw++) {
      const resource = this.#initial(kind, wish, wish.uid ?? randomUid(kind.prefix, random.id()));
      const made = await this.#make(kind, resource);
      if (made) {
        await this.#tell({ action: 'created', part: 'resource', resource: made });
        return made;
      }
      const { uid } = resource.metadata;
      if (wish.uid !== undefined || draw === MOST_DRAWS)
        throw new ResourceError('AlreadyExists', `${kind.name} ${uid} exists already`);
    }
  }

  /**
   * Changes what is declared. `edit` is given the resource as it is, and may be called again when somebody else was faster; it must
   * do nothing but compute. Nothing is written where nothing changes. Throws `NotFound`, `Invalid`, `Conflict`.
   */
  async update<K extends Kind>(
    kind: K,
    uid: string,
    edit: (current: ResourceOf<K>) => Edit<SpecInputOf<K>>,
    options: UpdateOptions = {},
  ): Promise<ResourceOf<K>> {
    return this.#overwrite(kind, uid, options, 'resource', (current) => {
      const { spec = current.spec, ...rest } = edit(current);
      const metadata = { ...current.metadata, ...rest } as Resource['metadata'];
      const added = (rest.finalizers ?? []).filter((each) => !current.metadata.finalizers?.includes(each));
      if (added.length > 0 && current.metadata.deletionTimestamp !== undefined) {
        throw invalid([`finalizers may not be added to what is being deleted: ${added.join(' ')}`]);
      }
      const edited = { ...current, spec, metadata };
      return checked(kind, edited, spec === current.spec ? [] : ['spec']);
    });
  }

  /** Changes the status and nothing else: the generation stays. Otherwise as {@link update}. */
  async updateStatus<K extends Kind>(
    kind: K,
    uid: string,
    change: (status: StatusOf<K>, current: ResourceOf<K>) => object,
    options: UpdateOptions = {},
  ): Promise<ResourceOf<K>> {
    return this.#overwrite(kind, uid, options, 'status', (current) => {
      const status = change(current.status, current);
      return checked(kind, { ...current, status: status }, ['status']);
    });
  }

  /**
   * Deletes a resource: at once where nothing has to be cleaned up; otherwise it is marked, and goes with its last finalizer. What
   * is not there counts as deleted. Throws `Conflict`.
   */
  async delete(kind: Kind, uid: string, options: OverwriteOptions = {}): Promise<'gone' | 'deleting'> {
    const now = nowOf(this.#context);
    try {
      const left = await this.#overwrite(kind, uid, options, 'resource', (current) => ({
        ...current,
        metadata: { ...current.metadata, deletionTimestamp: current.metadata.deletionTimestamp ?? now },
      }));
      return (left.metadata.finalizers ?? []).length === 0 ? 'gone' : 'deleting';
    } catch (error) {
      if (error instanceof ResourceError && error.kind === 'NotFound') return 'gone';
      throw error;
    }
  }

  /** A page of resources in the order of their UIDs. */
  async list<K extends Kind>(kind: K, query: ListQuery = {}): Promise<ResourcePage<ResourceOf<K>>> {
    const { limit = Number.POSITIVE_INFINITY } = query;
    const items: ResourceOf<K>[] = [];
    for await (const resource of this.all(kind, query)) {
      if (items.length >= limit) return { items, next: (items.at(-1) as ResourceOf<K>).metadata.uid };
      items.push(resource);
    }
    return { items };
  }

  /** All resources that match, in the order of their UIDs. */
  async *all<K extends Kind>(kind: K, selection: Selection = {}): AsyncGenerator<ResourceOf<K>> {
    let batch: string[] = [];
    const read = async () => {
      const found = await inParallel(batch, (uid) => this.find(kind, uid));
      batch = [];
      return found
        .filter((resource) => resource !== undefined)
        .filter((resource) => matches(kind, resource, selection));
    };
    for await (const uid of uidsOf(this.#context, kind, selection)) {
      batch.push(uid);
      if (batch.length >= READ_AHEAD) yield* await read();
    }
    yield* await read();
  }

  /** UIDs that match, without reading any resource. */
  uids(kind: Kind, selection: Omit<Selection, 'owner'> = {}): AsyncGenerator<string> {
    return uidsOf(this.#context, kind, selection);
  }

  /** The specs that were replaced, oldest first; of a kind that keeps them. */
  async history(kind: Kind, uid: string): Promise<SpecSnapshot[]> {
    return historyOf(this.#context, kind, await this.get(kind, uid));
  }

  /** For what is built upon the store. */
  get context(): ResourceContext {
    return this.#context;
  }

  #initial(kind: Kind, wish: NewResource<unknown>, uid: string): Resource {
    if (prefixOfUid(uid) !== kind.prefix)
      throw invalid([`uid must be ${kind.prefix}- and 8, 12 or 16 hex digits: ${uid}`]);
    const now = nowOf(this.#context);
    const { name, labels, annotations, finalizers = [], owner, spec, status = {} } = wish;
    const metadata: Resource['metadata'] = {
      name,
      uid,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      createdAt: now,
      updatedAt: now,
      generation: 1,
      resourceVersion: NO_DOCUMENT,
      ...(finalizers.length > 0 && { finalizers }),
      ...(owner && { ownerReferences: [{ kind: owner.kind, uid: owner.metadata.uid }] }),
    };
    return checked(kind, { apiVersion: 'v1', kind: kind.name, schemaVersion: 'v1', metadata, spec, status }, [
      'spec',
      'status',
    ]);
  }

  /** `undefined`: somebody else's is there. */
  async #make(kind: Kind, resource: Resource): Promise<Resource | undefined> {
    const name = resourceName(kind.name, resource.metadata.uid);
    const patience = new Patience(this.#context, WRITE_BUDGET_MS);
    await noteOwned(this.#context, resource);
    let unsure = false;
    for (;;) {
      const written = await this.#context.documents.put(name, encode(kind, resource), NO_DOCUMENT);
      switch (written.kind) {
        case 'ok':
          return { ...resource, metadata: { ...resource.metadata, resourceVersion: written.generation } };
        case 'lost': {
          // After a write without an answer, what is there may be ours.
          const there = unsure ? await this.find(kind, resource.metadata.uid) : undefined;
          return there && sameBut(there, resource) ? there : undefined;
        }
        case 'throttled':
        case 'unknown':
          unsure ||= written.kind === 'unknown';
          if (!(await patience.another(written.kind)))
            throw new QueueError('unavailable', `the store does not take ${kind.name} ${resource.metadata.uid}`);
          break;
        default:
          written satisfies never;
      }
    }
  }

  async #overwrite<K extends Kind>(
    kind: K,
    uid: string,
    { patchType, ...options }: UpdateOptions,
    part: Change['part'],
    change: (current: Resource<SpecOf<K>>) => Resource,
  ): Promise<ResourceOf<K>> {
    if (prefixOfUid(uid) !== kind.prefix) throw notFound(kind, uid);
    const done = await overwrite(this.#context, kind, uid, options, change);
    const { resource, before } = done;
    if (done.kind === 'gone') await this.#tell({ action: 'deleted', part: 'resource', resource, before });
    const written =
      patchType === undefined ? { action: 'updated' as const } : { action: 'patched' as const, patchType };
    if (done.kind === 'written') await this.#tell({ ...written, part, resource, before });
    return resource;
  }

  async #tell(change: Change): Promise<void> {
    await this.#context.onChange(change);
  }
}

/** What an index cannot tell, or may tell too late. */
function matches(kind: Kind, resource: Resource, { owner, labels, where = {} }: Selection): boolean {
  if (owner !== undefined && !isOwnedBy(resource, owner)) return false;
  const wanted = Object.entries(where);
  const index = wanted.length === 0 ? {} : kind.indexOf(resource.spec);
  if (wanted.some(([name, value]) => index[name] !== value)) return false;
  return labels === undefined || matchesLabels(labels, resource.metadata.labels);
}
