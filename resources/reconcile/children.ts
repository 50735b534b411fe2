import { isDeepStrictEqual } from 'node:util';
import { ResourceError } from '../errors.ts';
import type { Kind, ResourceOf, SpecInputOf } from '../core/kind.ts';
import { isDeleting, isObserved, isOwnedBy, type Resource } from '../core/resource.ts';
import { childUid, UID_DIGITS } from '../core/uid.ts';
import { ownedBy, type OwnedEntry } from '../owned.ts';
import { inParallel } from '../parallel.ts';
import type { ResourceStore } from '../store.ts';

/** A child as its parent wants it. */
export interface ChildWish<K extends Kind> {
  /** From 0: with the parent and the kind, it is the child's identity. No two may share one. */
  readonly index: number;
  /** May say the UID that the child gets. */
  readonly name: string | ((uid: string) => string);
  /** These fields of the spec are the parent's; the others are left to others. One that is `undefined` is taken away. */
  readonly spec: SpecInputOf<K>;
  readonly labels?: Readonly<Record<string, string>>;
  /** When it is made. */
  readonly status?: object;
}

export interface EnsureOptions<K extends Kind> {
  /** Whether a child needs no look. Default: its status speaks of its spec as it is. */
  readonly settled?: (child: ResourceOf<K>) => boolean;
  /** Surplus children go in this order, the highest first. Default: by UID. */
  readonly order?: (child: ResourceOf<K>) => number;
}

export interface SeenChildren<K extends Kind> {
  /** Those that were wanted and are there, in the order of the wishes. */
  readonly present: readonly ResourceOf<K>[];
  /** Whether all that are wanted are there, nothing else is, and each is settled. */
  readonly settled: boolean;
}

export interface ChildrenOptions {
  readonly parent: Resource;
  readonly store: ResourceStore;
  /** Aborts when this run has been overtaken: nothing more may be made. */
  readonly signal: AbortSignal;
  /** What a child of a kind gets, so that what it has will be cleaned up. */
  readonly finalizersOf: (kind: Kind) => readonly string[];
  /** Told of each child that needs a look. */
  readonly onUnsettled: (child: Resource) => void;
}

/** The children of the resource that a run is about. */
export class Children {
  readonly #options: ChildrenOptions;
  /** One listing serves a run: nobody else makes children of this parent. */
  #entries: Promise<readonly OwnedEntry[]> | undefined;

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  /** The UID of a child that is not there yet, if nobody else has it. */
  uidOf(kind: Kind, index: number): string {
    return childUid(kind.prefix, this.#options.parent.metadata.uid, kind.name, index, UID_DIGITS[0]);
  }

  /** All children of a kind, those that are leaving among them. */
  async list<K extends Kind>(kind: K): Promise<readonly ResourceOf<K>[]> {
    const { store, parent } = this.#options;
    this.#entries ??= ownedBy(store.context, parent.metadata.uid);
    const uids = (await this.#entries).filter((entry) => entry.kind === kind.name).map(({ uid }) => uid);
    const found = await inParallel(uids, (uid) => store.find(kind, uid));
    return found.filter((child) => child !== undefined).filter((child) => isOwnedBy(child, parent.metadata.uid));
  }

  /**
   * Makes the children of a kind what they are wanted to be: creates those that are missing, mends the parent's part of their specs,
   * deletes all others. Safe to repeat after any of its writes: a child's UID follows from its parent, its kind and its index.
   */
  async ensure<K extends Kind>(
    kind: K,
    wishes: readonly ChildWish<K>[],
    options: EnsureOptions<K> = {},
  ): Promise<SeenChildren<K>> {
    const { settled = isObserved, order = () => 0 } = options;
    const indexes = wishes.map(({ index }) => index);
    const twice = indexes.find((index, at) => indexes.indexOf(index) !== at);
    if (twice !== undefined) throw new Error(`two children of kind ${kind.name} have the same index: ${twice}`);
    const existing = new Map((await this.list(kind)).map((child) => [child.metadata.uid, child]));
    const wanted = await inParallel(wishes, (wish) => this.#ensureOne(kind, wish, existing));
    const kept = new Set(wanted.map((child) => child.metadata.uid));
    const surplus = [...existing.values()].filter((child) => !kept.has(child.metadata.uid));
    const leaving = [...wanted.filter(isDeleting), ...(await this.#prune(kind, surplus, order))];

    const present = wanted.filter((child) => !isDeleting(child));
    const unsettled = [...present.filter((child) => !settled(child)), ...leaving];
    for (const child of unsettled) this.#options.onUnsettled(child);
    return { present, settled: unsettled.length === 0 };
  }

  async #ensureOne<K extends Kind>(
    kind: K,
    wish: ChildWish<K>,
    existing: ReadonlyMap<string, ResourceOf<K>>,
  ): Promise<ResourceOf<K>> {
    const { parent, signal } = this.#options;
    const uids = UID_DIGITS.map((digits) => childUid(kind.prefix, parent.metadata.uid, kind.name, wish.index, digits));
    const there = uids.map((uid) => existing.get(uid)).find((child) => child !== undefined);
    if (there) return isDeleting(there) ? there : this.#mend(kind, there, wish);
    for (const uid of uids) {
      signal.throwIfAborted();
      const child = await this.#create(kind, wish, uid);
      if (child) return child;
    }
    throw new ResourceError('AlreadyExists', `all UIDs of this child are taken: ${uids.join(' ')}`);
  }

  /** `undefined`: somebody else has this UID. */
  async #create<K extends Kind>(kind: K, wish: ChildWish<K>, uid: string): Promise<ResourceOf<K> | undefined> {
    const { store, parent, finalizersOf } = this.#options;
    const { name, spec, labels, status } = wish;
    try {
      return await store.create(kind, {
        name: typeof name === 'string' ? name : name(uid),
        uid,
        spec,
        owner: parent,
        finalizers: finalizersOf(kind),
        ...(labels && { labels }),
        ...(status && { status }),
      });
    } catch (error) {
      if (!(error instanceof ResourceError) || error.kind !== 'AlreadyExists') throw error;
      const taken = await store.find(kind, uid);
      // Made by a run of this parent that was overtaken.
      return taken && isOwnedBy(taken, parent.metadata.uid) ? taken : undefined;
    }
  }

  async #mend<K extends Kind>(kind: K, child: ResourceOf<K>, wish: ChildWish<K>): Promise<ResourceOf<K>> {
    const { store, signal } = this.#options;
    const mended = (current: ResourceOf<K>) => ({
      spec: { ...(current.spec as object), ...(wish.spec as object) },
      ...(wish.labels && { labels: { ...current.metadata.labels, ...wish.labels } }),
    });
    const { spec, labels = child.metadata.labels } = mended(child);
    const sameSpec = isDeepStrictEqual(JSON.parse(JSON.stringify(spec)), child.spec);
    if (sameSpec && isDeepStrictEqual({ ...labels }, { ...child.metadata.labels })) return child;
    signal.throwIfAborted();
    return store.update(kind, child.metadata.uid, mended);
  }

  /** One by one, so that what a death in between leaves is without gaps. Gives those that are not gone yet. */
  async #prune<K extends Kind>(
    kind: K,
    surplus: readonly ResourceOf<K>[],
    order: (child: ResourceOf<K>) => number,
  ): Promise<ResourceOf<K>[]> {
    const { store, signal } = this.#options;
    const leaving: ResourceOf<K>[] = [];
    for (const child of surplus.toSorted((a, b) => order(b) - order(a))) {
      signal.throwIfAborted();
      if (isDeleting(child) || (await store.delete(kind, child.metadata.uid, { known: child })) === 'deleting')
        leaving.push(child);
    }
    return leaving;
  }
}
