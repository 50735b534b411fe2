import type { SortedNames } from './sorted-names.ts';
import { compareUtf8 } from '../core/utf8-order.ts';

/** Largest page of Cloud Storage, and the default. */
export const MAX_PAGE = 1000;

export interface Listing {
  readonly prefix?: string;
  /** Names that go on with this after the prefix are folded into one common prefix. */
  readonly delimiter?: string;
  /** With a delimiter: a name that *is* a common prefix is listed as an object too. */
  readonly includeTrailingDelimiter?: boolean;
  readonly startOffset?: string;
  readonly endOffset?: string;
  /** Names and common prefixes together. */
  readonly maxResults?: number;
  readonly pageToken?: string;
}

export type NamePage =
  | { kind: 'page'; names: readonly string[]; prefixes: readonly string[]; nextPageToken?: string }
  | { kind: 'invalid'; reason: string };

/** What a page ended with: the next one goes on behind it. */
interface Cursor {
  readonly last: string;
  /** `last` is a common prefix: all names below it are done. */
  readonly folded: boolean;
}

/** One page of names in order of their UTF-8 bytes. Costs the length of the page, not the size of the set. */
export function listNames(all: SortedNames, listing: Listing): NamePage {
  const { prefix = '', delimiter, startOffset = '', endOffset, maxResults = MAX_PAGE } = listing;
  const limit = Math.min(maxResults, MAX_PAGE);
  if (!Number.isInteger(limit) || limit < 1)
    return { kind: 'invalid', reason: `maxResults is not above 0: ${maxResults}` };
  const cursor = listing.pageToken === undefined ? undefined : decodePageToken(listing.pageToken);
  if (cursor === 'invalid') return { kind: 'invalid', reason: 'page token is not one of this bucket' };

  const names: string[] = [];
  const prefixes: string[] = [];
  let last = cursor;
  const start = compareUtf8(prefix, startOffset) > 0 ? prefix : startOffset;
  let rest = all.from((name) => compareUtf8(name, start) >= 0 && isBehind(name, last));
  for (;;) {
    const { value: name, done } = rest.next();
    if (done || !name.startsWith(prefix) || (endOffset && compareUtf8(name, endOffset) >= 0)) break;
    if (names.length + prefixes.length >= limit && last) {
      return { kind: 'page', names, prefixes, nextPageToken: encodePageToken(last) };
    }
    const common = delimiter ? commonPrefix(name, prefix, delimiter) : undefined;
    if (common === undefined) {
      names.push(name);
      last = { last: name, folded: false };
    } else {
      if (common === name && listing.includeTrailingDelimiter) names.push(name);
      prefixes.push(common);
      const folded = { last: common, folded: true };
      last = folded;
      rest = all.from((other) => isBehind(other, folded));
    }
  }
  return { kind: 'page', names, prefixes };
}

function commonPrefix(name: string, prefix: string, delimiter: string): string | undefined {
  const end = name.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : name.slice(0, end + delimiter.length);
}

function isBehind(name: string, cursor: Cursor | undefined): boolean {
  if (cursor === undefined) return true;
  return compareUtf8(name, cursor.last) > 0 && !(cursor.folded && name.startsWith(cursor.last));
}

function encodePageToken(cursor: Cursor): string {
  return Buffer.from(`${cursor.folded ? 'p' : 'n'}${cursor.last}`).toString('base64url');
}

function decodePageToken(token: string): Cursor | 'invalid' {
  const text = Buffer.from(token, 'base64url').toString();
  if (!/^[pn]./su.test(text) || Buffer.from(text).toString('base64url') !== token) return 'invalid';
  return { last: text.slice(1), folded: text.startsWith('p') };
}
