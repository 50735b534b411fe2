/** What a path of the JSON API names. */
export type Target =
  | { readonly kind: 'buckets' }
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'layout'; readonly bucket: string }
  | { readonly kind: 'objects'; readonly bucket: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly name: string }
  | { readonly kind: 'media'; readonly bucket: string; readonly name: string }
  | { readonly kind: 'upload'; readonly bucket: string }
  | { readonly kind: 'copy'; readonly verb: 'rewriteTo' | 'copyTo'; readonly from: Address; readonly to: Address }
  | { readonly kind: 'move'; readonly bucket: string; readonly from: string; readonly to: string }
  | { readonly kind: 'notifications'; readonly bucket: string }
  | { readonly kind: 'notification'; readonly bucket: string; readonly id: string };

export interface Address {
  readonly bucket: string;
  readonly name: string;
}

/** Clients that find the emulator through `STORAGE_EMULATOR_HOST` leave `/storage/v1` out; gcloud puts `/resumable` before uploads. */
const PREFIX = /^(?:\/resumable(?=\/upload))?(?:\/(upload|download))?(?:\/storage\/v1)?\/b(?=\/|$)/;

/**
 * Reads the path of a request as it was sent. Names are one percent-encoded segment each; nothing is normalized, since `..` and
 * `//` are fine inside a name. `undefined`: no path of ours. `'malformed'`: an escape that is not UTF-8.
 */
export function parsePath(path: string): Target | 'malformed' | undefined {
  const prefix = PREFIX.exec(path);
  if (prefix === null) return undefined;
  const rest = path.slice(prefix[0].length);
  const segments = rest === '' || rest === '/' ? [] : rest.slice(1).split('/').map(decode);
  if (!segments.every((segment) => segment !== undefined)) return 'malformed';
  if (prefix[1] === 'upload') return parseUpload(segments);
  if (prefix[1] === 'download') return parseDownload(segments);
  return parseTarget(segments);
}

function parseUpload([bucket, collection, ...rest]: string[]): Target | undefined {
  return bucket && collection === 'o' && rest.length === 0 ? { kind: 'upload', bucket } : undefined;
}

function parseDownload([bucket, collection, name, ...rest]: string[]): Target | undefined {
  if (!bucket || collection !== 'o' || !name || rest.length > 0) return undefined;
  return { kind: 'media', bucket, name };
}

function parseTarget(segments: string[]): Target | undefined {
  const [bucket, collection, name, verb, ...rest] = segments;
  if (bucket === undefined) return { kind: 'buckets' };
  if (bucket === '') return undefined;
  if (collection === undefined) return { kind: 'bucket', bucket };
  if (collection === 'storageLayout' && name === undefined) return { kind: 'layout', bucket };
  if (collection === 'notificationConfigs' && verb === undefined) {
    return name === undefined ? { kind: 'notifications', bucket } : { kind: 'notification', bucket, id: name };
  }
  if (collection !== 'o') return undefined;
  if (name === undefined) return { kind: 'objects', bucket };
  if (name === '') return undefined;
  if (verb === undefined) return { kind: 'object', bucket, name };
  if (verb === 'moveTo') return parseMove(bucket, name, rest);
  return verb === 'rewriteTo' || verb === 'copyTo' ? parseCopy(verb, { bucket, name }, rest) : undefined;
}

function parseMove(bucket: string, from: string, [o, to, ...rest]: string[]): Target | undefined {
  return o === 'o' && to && rest.length === 0 ? { kind: 'move', bucket, from, to } : undefined;
}

function parseCopy(verb: 'rewriteTo' | 'copyTo', from: Address, rest: string[]): Target | undefined {
  const [b, bucket, o, name, ...more] = rest;
  if (b !== 'b' || !bucket || o !== 'o' || !name || more.length > 0) return undefined;
  return { kind: 'copy', verb, from, to: { bucket, name } };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
