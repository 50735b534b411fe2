/** A JSON document as a read or a write saw it. */
export interface StoredDocument {
  readonly name: string;
  /** Of the object: changes with every overwrite, unique for a name for ever. A decimal string. */
  readonly generation: string;
  readonly body: unknown;
}

/** What a listing tells of a document: everything but its body. */
export interface ListedDocument {
  readonly name: string;
  readonly generation: string;
  /** Custom metadata: what documents are selected by without being read. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface DocumentPage {
  readonly documents: readonly ListedDocument[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

export interface DocumentQuery {
  readonly prefix: string;
  /** Names >= this one, in order of their UTF-8 bytes. */
  readonly startOffset?: string;
  readonly pageToken?: string;
  /** At most 1000, the default. */
  readonly maxResults?: number;
}

/** What is to be written. */
export interface DocumentContent {
  /** Anything that JSON can hold. */
  readonly body: unknown;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The condition of a write that makes a document: there must be none. */
export const NO_DOCUMENT = '0';

/**
 * What became of a conditional write: `ok` applied; `lost` the generation was another one; `throttled` not applied, for rate; `unknown`
 * applied, not applied, or still to be applied: to be resolved by reading.
 */
export type DocumentWritten =
  | { readonly kind: 'ok'; readonly generation: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/** As {@link DocumentWritten}; `missing`: there was nothing to delete. */
export type DocumentDeleted =
  Exclude<DocumentWritten, { kind: 'ok' }> | { readonly kind: 'ok' } | { readonly kind: 'missing' };

/**
 * JSON documents in a bucket. Strongly consistent. Every write is conditional and sent once; reads are tried again, and throw
 * `QueueError` `unavailable` when the store cannot be reached, `corrupt` when what lies there is not JSON.
 */
export interface Documents {
  get(name: string): Promise<StoredDocument | undefined>;
  /** Writes the whole document if it has this generation ({@link NO_DOCUMENT}: if there is none). */
  put(name: string, content: DocumentContent, generation: string): Promise<DocumentWritten>;
  delete(name: string, generation: string): Promise<DocumentDeleted>;
  /** One page, sorted by the UTF-8 bytes of the names. */
  list(query: DocumentQuery): Promise<DocumentPage>;
}
