import { utf8Length } from './key.ts';
import { redact } from './redact.ts';

/** What `last-error` holds at most, in bytes of UTF-8: metadata of an object is limited to 8 KiB in all. */
export const MAX_ERROR_BYTES = 1024;

/** An error as one printable line of at most 1 KiB, cut at a character, without what looks like a credential. */
export function oneLine(text: string): string {
  const line = redact(text.toWellFormed())
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  if (utf8Length(line) <= MAX_ERROR_BYTES) return line;
  const ellipsis = '…';
  let bytes = utf8Length(ellipsis);
  let cut = '';
  for (const character of line) {
    bytes += utf8Length(character);
    if (bytes > MAX_ERROR_BYTES) break;
    cut += character;
  }
  return cut + ellipsis;
}
