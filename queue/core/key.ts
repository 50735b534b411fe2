import { accepted, type Parsed, refused } from './parsed.ts';

declare const brand: unique symbol;

/** The name of something to bring to its desired state. A string that {@link parseKey} has accepted. */
export type Key = string & { readonly [brand]: 'Key' };

/** Leaves room for our prefixes within the 1024 bytes of an object name. */
export const MAX_KEY_BYTES = 1000;

// C0, DEL and C1: a key is shown in terminals, logs and pages, and CR/LF are illegal in object names.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u;

/** Printable ASCII, as most keys are: fine by all other rules, and quickly told in a sweep of half a million. */
const PLAIN = /^[ -~]+$/;

/** Accepts a key by the rules of the wire: non-empty valid UTF-8, at most 1000 bytes, no control characters, not "." or "..". */
export function parseKey(value: string): Parsed<Key> {
  if (value === '') return refused('key is empty: a key has 1 to 1000 bytes of UTF-8');
  if (value === '.' || value === '..') return refused(`key may not be "." or "..": key=${JSON.stringify(value)}`);
  if (value.length <= MAX_KEY_BYTES && PLAIN.test(value)) return accepted(value as Key);
  if (!value.isWellFormed()) return refused(`key is not valid UTF-8: key=${JSON.stringify(value.slice(0, 80))}`);
  const bytes = utf8Length(value);
  if (bytes > MAX_KEY_BYTES) return refused(`key is longer than ${MAX_KEY_BYTES} bytes of UTF-8: bytes=${bytes}`);
  if (CONTROL.test(value)) return refused(`key has a control character: key=${JSON.stringify(value)}`);
  return accepted(value as Key);
}

/** Bytes of a well-formed string in UTF-8; core has no Buffer. */
export function utf8Length(value: string): number {
  let bytes = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    // Each half of a surrogate pair counts two: four bytes together.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
