import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { BucketObject, Content } from '../../queue/stores/bucket.ts';
import { checksums } from './checksums.ts';
import { ANY, type Selection, type Shape } from './fields.ts';
import { isRecord } from './request.ts';

/** Plain settings of an object that a client may write. */
const SETTINGS = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'customTime',
  'storageClass',
] as const;

/** Every field that an object resource of the real store can have; ours leaves some out. */
const OBJECT_FIELDS = `acl bucket cacheControl componentCount contentDisposition contentEncoding contentLanguage contentType
  crc32c customTime customerEncryption etag eventBasedHold generation hardDeleteTime id kind kmsKeyName md5Hash mediaLink metadata
  metageneration name owner retention retentionExpirationTime selfLink size softDeleteTime storageClass temporaryHold timeCreated
  timeDeleted timeFinalized timeStorageClassUpdated updated contexts`;

export const OBJECT_SHAPE: Shape = Object.fromEntries(OBJECT_FIELDS.split(/\s+/).map((field) => [field, ANY]));
export const LIST_SHAPE: Shape = { kind: ANY, items: OBJECT_SHAPE, prefixes: ANY, nextPageToken: ANY };
export const REWRITE_SHAPE: Shape = {
  kind: ANY,
  totalBytesRewritten: ANY,
  objectSize: ANY,
  done: ANY,
  rewriteToken: ANY,
  resource: OBJECT_SHAPE,
};

interface Shown {
  readonly bucket: string;
  readonly object: BucketObject;
  readonly origin: string;
}

/** What each field of an object resource shows; `undefined` is left out. */
const SHOWN: Readonly<Record<string, (of: Shown) => unknown>> = {
  kind: () => 'storage#object',
  id: ({ bucket, object }) => `${bucket}/${object.name}/${object.generation}`,
  selfLink: (of) => `${of.origin}${pathOf(of)}`,
  mediaLink: (of) => `${of.origin}/download${pathOf(of)}?generation=${of.object.generation}&alt=media`,
  name: ({ object }) => object.name,
  bucket: ({ bucket }) => bucket,
  generation: ({ object }) => object.generation,
  metageneration: ({ object }) => object.metageneration,
  ...Object.fromEntries(SETTINGS.map((name) => [name, ({ object }: Shown) => object.settings[name]])),
  storageClass: ({ object }) => object.settings.storageClass ?? 'STANDARD',
  size: ({ object }) => String(object.data.length),
  md5Hash: ({ object }) => checksums(object.data).md5Hash,
  crc32c: ({ object }) => checksums(object.data).crc32c,
  etag: ({ object }) => etagOf(object),
  timeCreated: ({ object }) => new Date(object.createdMs).toISOString(),
  updated: ({ object }) => new Date(object.updatedMs).toISOString(),
  timeStorageClassUpdated: ({ object }) => new Date(object.createdMs).toISOString(),
  timeFinalized: ({ object }) => new Date(object.createdMs).toISOString(),
  metadata: ({ object }) => (Object.keys(object.metadata).length > 0 ? object.metadata : undefined),
};

/**
 * An object as the JSON API shows it, with no more fields than asked for: links, times and checksums of a page of a thousand
 * objects that nobody reads would cost more than all the rest.
 */
export function objectResource(
  bucket: string,
  object: BucketObject,
  origin: string,
  asked: Selection = 'all',
): Record<string, unknown> {
  const of = { bucket, object, origin };
  const names = asked === 'all' || asked.has('*') ? Object.keys(SHOWN) : asked.keys();
  const resource: Record<string, unknown> = {};
  for (const name of names) {
    const value = SHOWN[name]?.(of);
    if (value !== undefined) resource[name] = value;
  }
  return resource;
}

function pathOf({ bucket, object }: Shown): string {
  return `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object.name)}`;
}

export function etagOf({ generation, metageneration }: BucketObject): string {
  return Buffer.from(`${generation}/${metageneration}`).toString('base64');
}

/** What a client says about an object. `null` removes; a field that is absent says nothing. */
export interface ResourceBody {
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string | null>> | null;
  readonly settings: Readonly<Record<string, string | null>>;
  /** Checksums the data must have. */
  readonly crc32c?: string;
  readonly md5Hash?: string;
}

export function parseResource(body: Record<string, unknown>): Parsed<ResourceBody> {
  const settings: Record<string, string | null> = {};
  for (const name of SETTINGS) {
    const value = body[name];
    if (value === undefined) continue;
    if (value !== null && typeof value !== 'string') return refused(`Invalid value at '${name}' (TYPE_STRING)`);
    settings[name] = value;
  }
  const strings: { name?: string; crc32c?: string; md5Hash?: string } = {};
  for (const name of ['name', 'crc32c', 'md5Hash'] as const) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') return refused(`Invalid value at '${name}' (TYPE_STRING)`);
    strings[name] = value;
  }
  const { metadata } = body;
  if (metadata === undefined) return accepted({ settings, ...strings });
  if (!isMetadata(metadata)) return refused("Invalid value at 'metadata': a map of strings to strings is expected");
  return accepted({ settings, ...strings, metadata });
}

/** What a new version gets from it: nothing to remove yet, so `null` is the same as absent. */
export function contentOf({ metadata, settings }: ResourceBody): Required<Omit<Content, 'data'>> {
  return { metadata: withoutNulls(metadata ?? {}), settings: withoutNulls(settings) };
}

function withoutNulls(values: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null));
}

function isMetadata(value: unknown): value is Record<string, string | null> | null {
  if (value === null) return true;
  return isRecord(value) && Object.values(value).every((entry) => entry === null || typeof entry === 'string');
}
