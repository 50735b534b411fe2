/** Custom metadata of an object: all that our objects carry, since they are empty. */
export type Metadata = Readonly<Record<string, string>>;

/** Changes to custom metadata: a string sets, `null` removes, what is not named stays. */
export type MetadataPatch = Readonly<Record<string, string | null>>;

/** An object as a read or a write of the store saw it. Generations are decimal strings: they do not fit a JavaScript number. */
export interface StoredObject {
  readonly name: string;
  /** Changes with every overwrite; unique for a name for ever, but not promised to grow. */
  readonly generation: string;
  /** Starts at 1 with each generation, grows with every patch of the metadata. */
  readonly metageneration: string;
  readonly metadata: Metadata;
}

/** Which state of an object a write is conditional on. Without `metageneration`, patches in between are tolerated. */
export interface Pin {
  readonly generation: string;
  readonly metageneration?: string;
}

/** Where nothing may be: the write only succeeds if the object does not exist (`ifGenerationMatch=0`). */
export const ABSENT = 'absent';

/**
 * What became of a conditional write. A failed condition is an answer, not an error.
 *
 * - `ok`: applied.
 * - `lost`: a condition failed (HTTP 412). Not applied by *this* request.
 * - `missing`: the object (of a copy: its source) does not exist (HTTP 404). Not applied.
 * - `throttled`: refused for rate, typically more than one write a second to one object (HTTP 429). Not applied.
 * - `unknown`: applied, not applied, or still to be applied (timeout, 5xx, reset). To be resolved by reading, never by assuming.
 */
export type Written =
  | { readonly kind: 'ok'; readonly object: StoredObject }
  | { readonly kind: 'lost' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** As {@link Written}, for a delete, which leaves no object to describe. */
export type Deleted = Exclude<Written, { kind: 'ok' }> | { readonly kind: 'ok' };

export interface CopyRequest {
  readonly from: string;
  readonly source: Pin;
  readonly to: string;
  readonly destination: Pin | typeof ABSENT;
  /** Replaces the metadata of the source altogether. */
  readonly metadata: Metadata;
}

export interface ListQuery {
  readonly prefix?: string;
  /** Names >= this one, in order of their UTF-8 bytes. */
  readonly startOffset?: string;
  /** Names < this one. */
  readonly endOffset?: string;
  readonly pageToken?: string;
  /** At most 1000, the default. */
  readonly maxResults?: number;
}

export interface ListPage {
  readonly objects: readonly StoredObject[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/**
 * What the queue needs of an object store, and nothing more. Strongly consistent, as Cloud Storage is.
 *
 * Writes never throw for a lost race and never retry by themselves (a retry would turn an applied write into `lost`).
 * Reads retry, and throw `QueueError` `unavailable` when the store cannot be reached. A write that was certainly not applied for
 * a reason that no retry mends (no permission, no such bucket) throws `QueueError` too.
 */
export interface ObjectStore {
  /** The object, or `undefined` where there is none. */
  get(name: string): Promise<StoredObject | undefined>;
  /** One page, sorted by the UTF-8 bytes of the names. */
  list(query: ListQuery): Promise<ListPage>;
  /** Writes an empty object with this metadata: a new generation. */
  put(name: string, metadata: Metadata, condition: Pin | typeof ABSENT): Promise<Written>;
  /** Copies an object within the bucket, on conditions on both ends. */
  copy(request: CopyRequest): Promise<Written>;
  /** Changes metadata in place: same generation, next metageneration, also when the values were already so. */
  patch(name: string, changes: MetadataPatch, pin: Pin): Promise<Written>;
  delete(name: string, pin: Pin): Promise<Deleted>;
}
