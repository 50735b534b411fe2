import type { BucketObject, Change } from '../../queue/stores/bucket.ts';
import type { NotificationConfig } from './notification-config.ts';

/** A bucket without its objects. */
export interface BucketProperties {
  readonly name: string;
  /** What the client that made it said about it, kept and shown as it came. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly metageneration: number;
  /** Unix milliseconds. */
  readonly createdMs: number;
  readonly updatedMs: number;
}

type KeptObject = Omit<BucketObject, 'data'> & { readonly data?: string };

/** A line of the journal holds one or more of these. Each says how something is now, so the last one of a thing counts. */
export type StateRecord =
  | { readonly t: 'counters'; readonly generation: number; readonly notification: number }
  | { readonly t: 'bucket'; readonly bucket: BucketProperties }
  | { readonly t: 'bucket-deleted'; readonly name: string }
  | { readonly t: 'object'; readonly bucket: string; readonly object: KeptObject }
  | { readonly t: 'object-deleted'; readonly bucket: string; readonly name: string }
  | { readonly t: 'notification'; readonly bucket: string; readonly config: NotificationConfig }
  | { readonly t: 'notification-deleted'; readonly bucket: string; readonly id: string };

const KINDS = new Set<unknown>([
  'counters',
  'bucket',
  'bucket-deleted',
  'object',
  'object-deleted',
  'notification',
  'notification-deleted',
] satisfies StateRecord['t'][]);

/** Looks at the kind only: what a journal holds was written by this program, though perhaps by another version of it. */
export function isStateRecord(value: unknown): value is StateRecord {
  return typeof value === 'object' && value !== null && 't' in value && KINDS.has(value.t);
}

export function objectRecord(bucket: string, object: BucketObject): StateRecord {
  const { data, ...rest } = object;
  if (data.length === 0) return { t: 'object', bucket, object: rest };
  return { t: 'object', bucket, object: { ...rest, data: Buffer.from(data).toString('base64') } };
}

export function changeRecord(bucket: string, change: Change): StateRecord {
  if (change.kind === 'delete') return { t: 'object-deleted', bucket, name: change.object.name };
  return objectRecord(bucket, change.object);
}

export function keptObject({ data, ...rest }: KeptObject): BucketObject {
  return { ...rest, data: data === undefined ? new Uint8Array(0) : Buffer.from(data, 'base64') };
}
