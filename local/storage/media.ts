import type { BucketObject } from '../../queue/stores/bucket.ts';
import { checksums } from './checksums.ts';
import { rangeNotSatisfiable } from './errors.ts';
import type { Reply } from './reply.ts';
import { etagOf } from './resource.ts';

/** Settings that a download repeats as headers. */
const HEADERS = {
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
} as const;

/** The data of an object, or the one range of it that was asked for. */
export function media(object: BucketObject, rangeHeader: string | undefined): Reply {
  const { data } = object;
  const range = parseRange(rangeHeader, data.length);
  if (range === 'unsatisfiable') return rangeNotSatisfiable(data.length);
  const headers = { ...headersOf(object), 'accept-ranges': 'bytes' };
  if (range === undefined) return { kind: 'bytes', status: 200, headers, bytes: data };
  const contentRange = `bytes ${range.start}-${range.end - 1}/${data.length}`;
  const bytes = data.subarray(range.start, range.end);
  return { kind: 'bytes', status: 206, headers: { ...headers, 'content-range': contentRange }, bytes };
}

function headersOf(object: BucketObject): Record<string, string> {
  const { crc32c, md5Hash } = checksums(object.data);
  const headers: Record<string, string> = {
    'content-type': object.settings.contentType ?? 'application/octet-stream',
    etag: etagOf(object),
    'last-modified': new Date(object.updatedMs).toUTCString(),
    'x-goog-generation': object.generation,
    'x-goog-metageneration': object.metageneration,
    'x-goog-hash': `crc32c=${crc32c},md5=${md5Hash}`,
    'x-goog-storage-class': object.settings.storageClass ?? 'STANDARD',
    'x-goog-stored-content-encoding': object.settings.contentEncoding ?? 'identity',
    'x-goog-stored-content-length': String(object.data.length),
  };
  for (const [setting, header] of Object.entries(HEADERS)) {
    const value = object.settings[setting];
    if (value !== undefined) headers[header] = value;
  }
  return headers;
}

/** A header that is not one range of bytes is ignored (RFC 9110 §14.2). `end` is exclusive. */
function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}
