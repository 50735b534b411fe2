import type { Clock } from '../ports/clock.ts';
import type { Metadata, MetadataPatch } from '../ports/object-store.ts';
import { type ConditionName, type Conditions, unmet } from './conditions.ts';
import { Generations } from './generations.ts';
import { type Listing, listNames } from './listing.ts';
import { problemOfMetadata, problemOfName } from './object-name.ts';
import { SortedNames } from './sorted-names.ts';
import { WriteRate } from './write-rate.ts';

/** One version of an object. Never changed: a write puts another one in its place. */
export interface BucketObject {
  readonly name: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly metadata: Metadata;
  readonly data: Uint8Array;
  /** Plain settings by their JSON API names: `contentType`, `cacheControl`, ... */
  readonly settings: Metadata;
  /** Unix milliseconds. */
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** What a new version of an object holds. */
export interface Content {
  readonly data?: Uint8Array;
  readonly metadata?: Metadata;
  readonly settings?: Metadata;
}

export type Change =
  | { readonly kind: 'finalize'; readonly object: BucketObject; readonly overwritten?: BucketObject }
  | { readonly kind: 'metadataUpdate'; readonly object: BucketObject }
  | { readonly kind: 'delete'; readonly object: BucketObject };

/** Why an operation was not applied. `missing` of a copy or move: the source. */
export type Refusal =
  | { readonly kind: 'unmet'; readonly condition: ConditionName; readonly side: 'source' | 'object' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'invalid'; readonly reason: string };

export type Applied = { readonly kind: 'ok'; readonly object: BucketObject };

export type ListAnswer =
  | { kind: 'page'; objects: readonly BucketObject[]; prefixes: readonly string[]; nextPageToken?: string }
  | { kind: 'invalid'; reason: string };

export interface CopyOrder {
  readonly from: string;
  readonly to: string;
  readonly source?: Conditions;
  readonly destination?: Conditions;
  /** Replaces metadata and settings of the source altogether; absent, they are copied. */
  readonly content?: Omit<Content, 'data'>;
}

export interface BucketOptions {
  readonly clock: Clock;
  /** Shared by the buckets of one emulator, so that a bucket that is deleted and made anew repeats none. */
  readonly generations?: Generations;
  /** Refuses more than about one write a second to one name, as Cloud Storage does. Deletes do not count. */
  readonly rateLimit?: boolean;
  /** Called with all changes of one operation before any is made; if it throws, none is made and the operation throws. */
  readonly writeAhead?: (changes: readonly Change[]) => void;
}

const NOTHING: Metadata = Object.freeze({});
const NO_DATA = new Uint8Array(0);

/**
 * The laws of a Cloud Storage bucket, in memory: what tests, the memory store and the emulator share.
 *
 * Each operation is one synchronous, atomic step. Conditions are checked before the rate, so a lost race costs no token.
 */
export class Bucket {
  readonly #clock: Clock;
  readonly #generations: Generations;
  readonly #rate: WriteRate | undefined;
  readonly #writeAhead: ((changes: readonly Change[]) => void) | undefined;
  readonly #objects = new Map<string, BucketObject>();
  readonly #names = new SortedNames();
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(options: BucketOptions) {
    this.#clock = options.clock;
    this.#generations = options.generations ?? new Generations(options.clock);
    this.#rate = options.rateLimit ? new WriteRate(options.clock) : undefined;
    this.#writeAhead = options.writeAhead;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Calls `listener` after each change, in order. Returns a function that ends it. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts a version back as it was, without conditions, rate or listeners: for state that was kept. */
  restore(object: BucketObject): void {
    this.#put(object);
    this.#generations.skip(Number(object.generation));
  }

  /** Removes an object without conditions or listeners: for state that was kept. */
  forget(name: string): void {
    if (this.#objects.delete(name)) this.#names.delete(name);
  }

  /** All versions, in no order that matters. */
  objects(): Iterable<BucketObject> {
    return this.#objects.values();
  }

  get(name: string, conditions: Conditions = {}): Applied | Refusal {
    const object = this.#objects.get(name);
    return object === undefined ? { kind: 'missing' } : (refused(conditions, object) ?? { kind: 'ok', object });
  }

  list(listing: Listing): ListAnswer {
    const page = listNames(this.#names, listing);
    if (page.kind === 'invalid') return page;
    const { names, ...rest } = page;
    return { ...rest, objects: names.map((name) => this.#objects.get(name) as BucketObject) };
  }

  insert(name: string, content: Content, conditions: Conditions = {}): Applied | Refusal {
    const current = this.#objects.get(name);
    const refusal = refused(conditions, current) ?? invalid(name, content.metadata) ?? this.#throttled(name);
    if (refusal) return refusal;
    const object = this.#version(name, content);
    this.#commit([finalized(object, current)]);
    return { kind: 'ok', object };
  }

  /** Merges metadata and settings: `null` removes. Always a new metageneration, also when nothing changes. */
  patch(
    name: string,
    changes: { readonly metadata?: MetadataPatch | null; readonly settings?: MetadataPatch },
    conditions: Conditions = {},
  ): Applied | Refusal {
    const current = this.#objects.get(name);
    if (current === undefined) return { kind: 'missing' };
    const metadata = changes.metadata === null ? NOTHING : merge(current.metadata, changes.metadata);
    const settings = merge(current.settings, changes.settings);
    return this.#amend(current, { metadata, settings }, conditions);
  }

  /** Replaces metadata and settings altogether, in place. */
  update(name: string, content: Omit<Content, 'data'>, conditions: Conditions = {}): Applied | Refusal {
    const current = this.#objects.get(name);
    return current === undefined ? { kind: 'missing' } : this.#amend(current, content, conditions);
  }

  /** Copies an object of `origin`, which may be another bucket, into this one. */
  copy(origin: Bucket, order: CopyOrder): Applied | Refusal {
    const plan = this.#plan(origin, order);
    if (plan.kind !== 'ok') return plan;
    this.#commit([plan.change]);
    return { kind: 'ok', object: plan.change.object };
  }

  /** Renames an object within this bucket in one step. */
  move(order: CopyOrder): Applied | Refusal {
    if (order.from === order.to) return { kind: 'invalid', reason: 'source and destination are the same object' };
    const plan = this.#plan(this, order);
    if (plan.kind !== 'ok') return plan;
    this.#commit([plan.change, { kind: 'delete', object: plan.source }]);
    return { kind: 'ok', object: plan.change.object };
  }

  delete(name: string, conditions: Conditions = {}): Applied | Refusal {
    const object = this.#objects.get(name);
    if (object === undefined) return { kind: 'missing' };
    const refusal = refused(conditions, object);
    if (refusal) return refusal;
    this.#commit([{ kind: 'delete', object }]);
    return { kind: 'ok', object };
  }

  #plan(origin: Bucket, order: CopyOrder) {
    const source = origin.#objects.get(order.from);
    if (source === undefined) return { kind: 'missing' } as const;
    const current = this.#objects.get(order.to);
    const content = order.content ?? source;
    const refusal =
      refused(order.source ?? {}, source, 'source') ??
      refused(order.destination ?? {}, current) ??
      invalid(order.to, content.metadata) ??
      this.#throttled(order.to);
    if (refusal) return refusal;
    const object = this.#version(order.to, {
      data: source.data,
      metadata: content.metadata ?? NOTHING,
      settings: content.settings ?? NOTHING,
    });
    return { kind: 'ok', source, change: finalized(object, current) } as const;
  }

  #amend(current: BucketObject, content: Omit<Content, 'data'>, conditions: Conditions): Applied | Refusal {
    const refusal =
      refused(conditions, current) ?? invalid(current.name, content.metadata) ?? this.#throttled(current.name);
    if (refusal) return refusal;
    const object: BucketObject = {
      ...current,
      metageneration: String(Number(current.metageneration) + 1),
      metadata: Object.freeze({ ...content.metadata }),
      settings: Object.freeze({ ...content.settings }),
      updatedMs: this.#clock.now(),
    };
    this.#commit([{ kind: 'metadataUpdate', object }]);
    return { kind: 'ok', object };
  }

  #version(name: string, content: Content): BucketObject {
    const nowMs = this.#clock.now();
    return {
      name,
      generation: this.#generations.next(),
      metageneration: '1',
      metadata: Object.freeze({ ...content.metadata }),
      data: content.data ?? NO_DATA,
      settings: Object.freeze({ ...content.settings }),
      createdMs: nowMs,
      updatedMs: nowMs,
    };
  }

  #commit(changes: readonly Change[]): void {
    this.#writeAhead?.(changes);
    for (const change of changes) {
      if (change.kind === 'delete') this.forget(change.object.name);
      else this.#put(change.object);
    }
    for (const change of changes) for (const listener of this.#listeners) listener(change);
  }

  #put(object: BucketObject): void {
    if (!this.#objects.has(object.name)) this.#names.insert(object.name);
    this.#objects.set(object.name, object);
  }

  #throttled(name: string): Refusal | undefined {
    return this.#rate === undefined || this.#rate.take(name) ? undefined : { kind: 'throttled' };
  }
}

function refused(
  conditions: Conditions,
  object: BucketObject | undefined,
  side: 'source' | 'object' = 'object',
): Refusal | undefined {
  const condition = unmet(conditions, object);
  return condition && { kind: 'unmet', condition, side };
}

function invalid(name: string, metadata: Metadata = NOTHING): Refusal | undefined {
  const reason = problemOfName(name) ?? problemOfMetadata(metadata);
  return reason === undefined ? undefined : { kind: 'invalid', reason };
}

function finalized(object: BucketObject, overwritten: BucketObject | undefined) {
  return overwritten ? ({ kind: 'finalize', object, overwritten } as const) : ({ kind: 'finalize', object } as const);
}

function merge(base: Metadata, changes: MetadataPatch = {}): Metadata {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
