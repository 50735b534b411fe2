import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** What a request of a resumable upload sends or asks. */
export type ContentRange =
  | { readonly kind: 'status'; readonly total: number | undefined }
  /** Bytes from `start` on. `isLast`: the object ends with them. */
  | { readonly kind: 'bytes'; readonly start: number; readonly isLast: boolean };

/**
 * Reads `Content-Range` of a request with a body of `length` bytes. Beside the forms of RFC 9110 §14.4 there are two of Cloud
 * Storage: `bytes *`+`/N` asks how much has arrived, and `bytes 0-*`+`/*` sends everything to the end, however long it is.
 */
export function parseContentRange(header: string | undefined, length: number): Parsed<ContentRange> {
  if (header === undefined) return accepted({ kind: 'bytes', start: 0, isLast: true });
  const status = /^bytes \*\/(\*|\d{1,15})$/.exec(header);
  if (status) {
    if (length > 0) return refused('A status query has no body');
    return accepted({ kind: 'status', total: status[1] === '*' ? undefined : Number(status[1]) });
  }
  const bytes = /^bytes (\d{1,15})-(\*|\d{1,15})\/(\*|\d{1,15})$/.exec(header);
  if (bytes === null) return refused(`Invalid Content-Range: ${header}`);
  const start = Number(bytes[1]);
  const end = start + length;
  if (bytes[2] !== '*' && Number(bytes[2]) + 1 !== end)
    return refused(`Content-Range does not fit the body: ${header}`);
  if (bytes[3] === '*') return accepted({ kind: 'bytes', start, isLast: bytes[2] === '*' });
  if (end > Number(bytes[3])) return refused(`Content-Range is beyond its total: ${header}`);
  return accepted({ kind: 'bytes', start, isLast: end === Number(bytes[3]) });
}
