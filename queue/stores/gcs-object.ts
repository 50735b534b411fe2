import type { ListPage, Pin, StoredObject } from '../ports/object-store.ts';
import { isRecord } from './gcs-transport.ts';

/** The fields of an object that {@link parseObject} reads: asking for no more makes answers a tenth of the size. */
export const OBJECT_FIELDS = 'name,generation,metageneration,metadata';

/** An object resource of the JSON API, or `undefined` if it is not one. */
export function parseObject(body: unknown): StoredObject | undefined {
  if (!isRecord(body)) return undefined;
  const { name, generation, metageneration, metadata = {} } = body;
  if (typeof name !== 'string' || typeof generation !== 'string' || typeof metageneration !== 'string')
    return undefined;
  return isStrings(metadata) ? { name, generation, metageneration, metadata } : undefined;
}

/** What an answer to a write has to tell when name and metadata are those of the request. */
export const VERSION_FIELDS = 'generation,metageneration';

/** The version of an object that was written, or `undefined` if it does not say. */
export function parseVersion(body: unknown): Required<Pin> | undefined {
  if (!isRecord(body)) return undefined;
  const { generation, metageneration } = body;
  if (typeof generation !== 'string' || typeof metageneration !== 'string') return undefined;
  return { generation, metageneration };
}

/** A listing of the JSON API, or `undefined` if it is not one. */
export function parsePage(body: unknown): ListPage | undefined {
  if (!isRecord(body)) return undefined;
  const { items = [], nextPageToken } = body;
  if (!Array.isArray(items)) return undefined;
  const objects: StoredObject[] = [];
  for (const item of items) {
    const object = parseObject(item);
    if (object === undefined) return undefined;
    objects.push(object);
  }
  return typeof nextPageToken === 'string' ? { objects, nextPageToken } : { objects };
}

/** A step of a rewrite: the new object's version, or the token to go on with. `undefined` if it is neither. */
export function parseRewrite(body: unknown): Required<Pin> | { rewriteToken: string } | undefined {
  if (!isRecord(body)) return undefined;
  if (body.done === false) {
    return typeof body.rewriteToken === 'string' ? { rewriteToken: body.rewriteToken } : undefined;
  }
  return parseVersion(body.resource);
}

function isStrings(value: unknown): value is Record<string, string> {
  if (!isRecord(value)) return false;
  for (const name in value) if (typeof value[name] !== 'string') return false;
  return true;
}
