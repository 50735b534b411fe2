import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Listing, listNames } from '../../../queue/stores/listing.ts';
import { SortedNames } from '../../../queue/stores/sorted-names.ts';

const NAMES = fc.string({ unit: fc.constantFrom('a', 'b', '/', '0', '\uFF5E', '🦊'), minLength: 1, maxLength: 5 });

function setOf(names: Iterable<string>): SortedNames {
  const set = new SortedNames();
  for (const name of names) set.insert(name);
  return set;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The rules of listing, without any cleverness. */
function expected(all: readonly string[], listing: Listing): string[] {
  const { prefix = '', delimiter, startOffset, endOffset } = listing;
  const found = all
    .filter((name) => name.startsWith(prefix))
    .filter((name) => !startOffset || byBytes(name, startOffset) >= 0)
    .filter((name) => !endOffset || byBytes(name, endOffset) < 0)
    .map((name) => {
      const at = delimiter ? name.indexOf(delimiter, prefix.length) : -1;
      return at < 0 ? `name ${name}` : `prefix ${name.slice(0, at + 1)}`;
    });
  return [...new Set(found)].toSorted();
}

function allPages(set: SortedNames, listing: Listing): string[][] {
  const pages: string[][] = [];
  let pageToken: string | undefined;
  do {
    const page = listNames(set, { ...listing, ...(pageToken !== undefined && { pageToken }) });
    if (page.kind !== 'page') throw new Error(page.reason);
    pages.push([...page.names.map((name) => `name ${name}`), ...page.prefixes.map((prefix) => `prefix ${prefix}`)]);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return pages;
}

test('pages of any size add up to what the rules say, each entry once', () => {
  const optional = fc.option(NAMES, { nil: '' });
  const listings = fc.record({
    prefix: optional,
    startOffset: optional,
    endOffset: optional,
    delimiter: fc.constantFrom('', '/'),
    maxResults: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(NAMES, { maxLength: 40 }), listings, (names, listing) => {
      const pages = allPages(setOf(names), listing);
      expect(pages.flat().toSorted()).toEqual(expected(names, listing));
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(listing.maxResults);
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(listing.maxResults);
    }),
    { numRuns: 500 },
  );
});

test('a set of many names stays sorted through inserts and deletes', () => {
  const set = new SortedNames();
  const kept = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const name = `key-${(i * 7919) % 10_007}`;
    if (i % 3 === 2) {
      set.delete(name);
      kept.delete(name);
    } else if (!kept.has(name)) {
      set.insert(name);
      kept.add(name);
    }
  }
  expect([...set.from(() => true)]).toEqual([...kept].toSorted());
});

test('a name that ends with the delimiter is listed beside its prefix when asked for', () => {
  const set = setOf(['a/', 'a/b', 'c', 'd//e']);
  const listing = { delimiter: '/', includeTrailingDelimiter: true };
  expect(listNames(set, listing)).toEqual({ kind: 'page', names: ['a/', 'c'], prefixes: ['a/', 'd/'] });
});

test('a token that no page gave is refused', () => {
  const set = setOf(['a']);
  for (const pageToken of ['x', '%%%', 'nextPage', Buffer.from('na').toString('base64')]) {
    expect(listNames(set, { pageToken }).kind).toBe('invalid');
  }
  expect(listNames(set, { maxResults: 0 }).kind).toBe('invalid');
});
