import { describe, expect, test } from 'vitest';
import { ABSENT, type ObjectStore, type StoredObject, type Written } from '../../../queue/ports/object-store.ts';

/** Names that break a store which escapes, sorts or splits carelessly. */
const ODD_NAMES = [
  'queued/a b',
  'queued/100%',
  'queued/%2F%41',
  'queued/#hash?query=1&x=2',
  'queued/a+b=c;d',
  'queued//double///slashes/',
  'queued/..',
  'queued/./../x',
  'queued/:colon/:x',
  'queued/{{projectId}}',
  'queued/"quotes"\\back',
  'queued/émoji-🦊-𐀀',
  'queued/\uFFFD\uE000',
  `queued/${'ü'.repeat(500)}`,
];

/** What every {@link ObjectStore} keeps. `open` gives an empty one. */
export function objectStoreContract(open: () => Promise<ObjectStore>): void {
  async function filled(names: readonly string[]): Promise<ObjectStore> {
    const store = await open();
    for (let i = 0; i < names.length; i += 50) {
      const written = await Promise.all(names.slice(i, i + 50).map((name) => store.put(name, { of: name }, ABSENT)));
      written.forEach(ok);
    }
    return store;
  }

  describe('get', () => {
    test('finds nothing where nothing is', async () => {
      expect(await (await open()).get('queued/a')).toBeUndefined();
    });

    test('finds what was put, with its first metageneration', async () => {
      const store = await open();
      const made = ok(await store.put('queued/a', { priority: '00000001' }, ABSENT));
      expect(made).toMatchObject({ name: 'queued/a', metageneration: '1', metadata: { priority: '00000001' } });
      expect(made.generation).toMatch(/^[1-9][0-9]*$/);
      expect(await store.get('queued/a')).toEqual(made);
    });

    test('finds an object without metadata', async () => {
      const store = await open();
      ok(await store.put('queued/a', {}, ABSENT));
      expect((await store.get('queued/a'))?.metadata).toEqual({});
    });
  });

  describe('put', () => {
    test('is lost where an object is that should not be', async () => {
      const store = await open();
      const first = ok(await store.put('a', { n: '1' }, ABSENT));
      expect((await store.put('a', { n: '2' }, ABSENT)).kind).toBe('lost');
      expect(await store.get('a')).toEqual(first);
    });

    test('replaces the pinned version by one of another generation', async () => {
      const store = await open();
      const first = ok(await store.put('a', { n: '1', gone: 'x' }, ABSENT));
      const second = ok(await store.put('a', { n: '2' }, { generation: first.generation }));
      expect(second.generation).not.toBe(first.generation);
      expect(second).toMatchObject({ metageneration: '1', metadata: { n: '2' } });
      expect(second.metadata).not.toHaveProperty('gone');
      expect(await store.get('a')).toEqual(second);
    });

    test('is lost on another generation, another metageneration, and on a version that is gone', async () => {
      const store = await open();
      const first = ok(await store.put('a', {}, ABSENT));
      expect((await store.put('a', {}, { generation: '12345' })).kind).toBe('lost');
      const patched = ok(await store.patch('a', { n: '1' }, first));
      expect((await store.put('a', {}, first)).kind).toBe('lost');
      ok(await store.put('a', {}, patched));
      const last = await store.get('a');
      expect(await store.delete('a', { generation: last?.generation ?? '' })).toEqual({ kind: 'ok' });
      expect((await store.put('a', {}, { generation: last?.generation ?? '' })).kind).toBe('lost');
    });

    test('gives a name another generation after a delete', async () => {
      const store = await open();
      const first = ok(await store.put('a', {}, ABSENT));
      await store.delete('a', first);
      expect(ok(await store.put('a', {}, ABSENT)).generation).not.toBe(first.generation);
    });

    test('lets exactly one of many at once win', async () => {
      const store = await open();
      const kinds = await Promise.all(Array.from({ length: 20 }, async () => (await store.put('a', {}, ABSENT)).kind));
      expect(kinds.toSorted()).toEqual([...Array(19).fill('lost'), 'ok']);
    });
  });

  describe('patch', () => {
    test('sets, keeps and removes, and raises the metageneration only', async () => {
      const store = await open();
      const made = ok(await store.put('a', { kept: '1', changed: '1', removed: '1' }, ABSENT));
      const patched = ok(await store.patch('a', { changed: '2', removed: null, added: '2', unknown: null }, made));
      expect(patched).toEqual({
        name: 'a',
        generation: made.generation,
        metageneration: '2',
        metadata: { kept: '1', changed: '2', added: '2' },
      });
      expect(await store.get('a')).toEqual(patched);
    });

    test('raises the metageneration also when nothing changes', async () => {
      const store = await open();
      const made = ok(await store.put('a', { n: '1' }, ABSENT));
      expect(ok(await store.patch('a', { n: '1' }, made)).metageneration).toBe('2');
      expect(ok(await store.patch('a', {}, { generation: made.generation })).metageneration).toBe('3');
    });

    test('can remove the last metadata', async () => {
      const store = await open();
      const made = ok(await store.put('a', { n: '1' }, ABSENT));
      expect(ok(await store.patch('a', { n: null }, made)).metadata).toEqual({});
    });

    test('keeps values that look like markup, placeholders or nothing', async () => {
      const store = await open();
      const metadata = { a: '{{projectId}}', b: '"<&>\\', c: 'ünï 🦊', d: '', e: 'null', f: ' spaced ' };
      const made = ok(await store.put('a', metadata, ABSENT));
      expect(made.metadata).toEqual(metadata);
      expect(ok(await store.patch('a', { ...metadata, g: '{{projectId}}' }, made)).metadata).toEqual({
        ...metadata,
        g: '{{projectId}}',
      });
    });

    test('is lost on another generation or metageneration, and tolerates patches where only the generation is pinned', async () => {
      const store = await open();
      const made = ok(await store.put('a', { n: '1' }, ABSENT));
      ok(await store.patch('a', { n: '2' }, made));
      expect((await store.patch('a', { n: '3' }, made)).kind).toBe('lost');
      expect((await store.patch('a', { n: '3' }, { generation: '12345' })).kind).toBe('lost');
      expect((await store.patch('a', { n: '3' }, { generation: '12345', metageneration: '2' })).kind).toBe('lost');
      expect((await store.get('a'))?.metadata).toEqual({ n: '2' });
      expect(ok(await store.patch('a', { n: '4' }, { generation: made.generation })).metageneration).toBe('3');
    });

    test('misses what is not there', async () => {
      expect(await (await open()).patch('a', {}, { generation: '1' })).toEqual({ kind: 'missing' });
    });
  });

  describe('delete', () => {
    test('removes the pinned version', async () => {
      const store = await open();
      const made = ok(await store.put('a', {}, ABSENT));
      expect(await store.delete('a', made)).toEqual({ kind: 'ok' });
      expect(await store.get('a')).toBeUndefined();
    });

    test('is lost on another generation or metageneration and leaves the object', async () => {
      const store = await open();
      const made = ok(await store.put('a', {}, ABSENT));
      const patched = ok(await store.patch('a', { n: '1' }, made));
      expect(await store.delete('a', made)).toEqual({ kind: 'lost' });
      expect(await store.delete('a', { generation: '12345' })).toEqual({ kind: 'lost' });
      expect(await store.get('a')).toEqual(patched);
      expect(await store.delete('a', { generation: made.generation })).toEqual({ kind: 'ok' });
    });

    test('misses what is not there', async () => {
      expect(await (await open()).delete('a', { generation: '1' })).toEqual({ kind: 'missing' });
    });
  });

  describe('copy', () => {
    test('makes a new object with the metadata given and leaves the source', async () => {
      const store = await open();
      const from = ok(await store.put('queued/a', { priority: '1', 'not-before': 'x' }, ABSENT));
      const metadata = { priority: '1', owner: 'r/1' };
      const request = { from: 'queued/a', source: from, to: 'in-progress/a', destination: ABSENT, metadata } as const;
      const made = ok(await store.copy(request));
      expect(made).toMatchObject({ name: 'in-progress/a', metageneration: '1', metadata });
      expect(made.metadata).not.toHaveProperty('not-before');
      expect(made.generation).not.toBe(from.generation);
      expect(await store.get('in-progress/a')).toEqual(made);
      expect(await store.get('queued/a')).toEqual(from);
    });

    test('can leave the copy without metadata', async () => {
      const store = await open();
      const source = ok(await store.put('a', { n: '1' }, ABSENT));
      const copy = await store.copy({ from: 'a', source, to: 'b', destination: ABSENT, metadata: {} });
      expect(ok(copy).metadata).toEqual({});
    });

    test('is lost when the source has another generation or metageneration', async () => {
      const store = await open();
      const made = ok(await store.put('a', {}, ABSENT));
      ok(await store.patch('a', { n: '1' }, made));
      const request = { from: 'a', to: 'b', destination: ABSENT, metadata: { n: 'copied' } } as const;
      expect((await store.copy({ ...request, source: made })).kind).toBe('lost');
      expect((await store.copy({ ...request, source: { generation: '12345' } })).kind).toBe('lost');
      expect(await store.get('b')).toBeUndefined();
      expect((await store.copy({ ...request, source: { generation: made.generation } })).kind).toBe('ok');
    });

    test('is lost when the destination is there, or is not the pinned version', async () => {
      const store = await open();
      const source = ok(await store.put('a', {}, ABSENT));
      const there = ok(await store.put('b', { n: '1' }, ABSENT));
      const request = { from: 'a', source, to: 'b', metadata: { n: '2' } };
      expect((await store.copy({ ...request, destination: ABSENT })).kind).toBe('lost');
      expect((await store.copy({ ...request, destination: { generation: '12345' } })).kind).toBe('lost');
      const patched = ok(await store.patch('b', { n: '1' }, there));
      expect((await store.copy({ ...request, destination: there })).kind).toBe('lost');
      const replaced = ok(await store.copy({ ...request, destination: patched }));
      expect(replaced).toMatchObject({ metageneration: '1', metadata: { n: '2' } });
      expect(replaced.generation).not.toBe(there.generation);
    });

    test('misses a source that is not there', async () => {
      const store = await open();
      const request = { from: 'a', source: { generation: '1' }, to: 'b', destination: ABSENT, metadata: {} } as const;
      expect(await store.copy(request)).toEqual({ kind: 'missing' });
    });
  });

  describe('list', () => {
    test('gives an empty page of an empty bucket', async () => {
      expect(await (await open()).list({})).toEqual({ objects: [] });
    });

    test('gives what get gives', async () => {
      const store = await open();
      const made = ok(await store.put('a', { n: '1' }, ABSENT));
      const patched = ok(await store.patch('a', { n: '2' }, made));
      const bare = ok(await store.put('b', {}, ABSENT));
      expect(await store.list({})).toEqual({ objects: [patched, bare] });
    });

    test('sorts by UTF-8 bytes, not by UTF-16 units', async () => {
      // U+FF5E is below U+1F98A in UTF-8, but above its first surrogate in UTF-16.
      const sorted = ['A', 'a', 'a/', 'a/b', 'a0', 'b', '~', 'é', '\uD7FF', '\uE000', '\uFF5E', '\u{10000}', '🦊'];
      const store = await filled(sorted.toReversed());
      expect(names(await store.list({}))).toEqual(sorted);
      expect(names(await store.list({ startOffset: '\uFF5E' }))).toEqual(['\uFF5E', '\u{10000}', '🦊']);
      expect(names(await store.list({ startOffset: '\uE000', endOffset: '\u{10000}' }))).toEqual(['\uE000', '\uFF5E']);
    });

    test('keeps to the prefix and the offsets', async () => {
      const store = await filled(['a/1', 'a/2', 'a/3', 'a0', 'b/1']);
      expect(names(await store.list({ prefix: 'a/' }))).toEqual(['a/1', 'a/2', 'a/3']);
      expect(names(await store.list({ startOffset: 'a/2' }))).toEqual(['a/2', 'a/3', 'a0', 'b/1']);
      expect(names(await store.list({ endOffset: 'a/2' }))).toEqual(['a/1']);
      expect(names(await store.list({ prefix: 'a/', startOffset: 'a/2', endOffset: 'a/3' }))).toEqual(['a/2']);
      expect(names(await store.list({ prefix: 'a/', startOffset: 'b' }))).toEqual([]);
      expect(names(await store.list({ prefix: 'c' }))).toEqual([]);
    });

    test('pages, and goes on behind the page also when the bucket changes', async () => {
      const store = await filled(['a', 'b', 'c', 'd', 'e']);
      const first = await store.list({ maxResults: 2 });
      expect(names(first)).toEqual(['a', 'b']);
      const gone = await store.get('b');
      await store.delete('b', { generation: gone?.generation ?? '' });
      ok(await store.put('bb', {}, ABSENT));
      ok(await store.put('aa', {}, ABSENT));
      const second = await store.list({ maxResults: 2, pageToken: first.nextPageToken ?? '' });
      expect(names(second)).toEqual(['bb', 'c']);
      const third = await store.list({ maxResults: 2, pageToken: second.nextPageToken ?? '' });
      expect(names(third)).toEqual(['d', 'e']);
      expect(third.nextPageToken).toBeUndefined();
    });

    test('gives at most 1000 a page, in order, each once', async () => {
      const all = Array.from({ length: 2345 }, (_, i) => `queued/key-${String(i).padStart(5, '0')}`);
      const store = await filled(all.map((_, i) => all[(i * 1009) % all.length] ?? ''));
      const pages: string[][] = [];
      let pageToken: string | undefined;
      do {
        const page = await store.list({ prefix: 'queued/', ...(pageToken !== undefined && { pageToken }) });
        pages.push(names(page));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      expect(pages.map((page) => page.length)).toEqual([1000, 1000, 345]);
      expect(pages.flat()).toEqual(all);
    });
  });

  describe('names', () => {
    test.each(ODD_NAMES)('%s goes through every operation as it is', async (name) => {
      const store = await open();
      const made = ok(await store.put(name, { n: '1' }, ABSENT));
      expect(made.name).toBe(name);
      expect(await store.get(name)).toEqual(made);
      expect(await store.list({ prefix: name })).toEqual({ objects: [made] });
      expect(await store.list({ startOffset: name })).toEqual({ objects: [made] });
      const patched = ok(await store.patch(name, { n: '2' }, made));
      const copied = ok(
        await store.copy({ from: name, source: patched, to: `x${name}`, destination: ABSENT, metadata: {} }),
      );
      expect(copied.name).toBe(`x${name}`);
      expect(await store.delete(name, patched)).toEqual({ kind: 'ok' });
      expect(names(await store.list({}))).toEqual([`x${name}`]);
    });

    test.each(['', '.', '..', 'a\nb', 'a\rb', 'x'.repeat(1025), 'lone \uD800 surrogate'])(
      '%j is refused by every operation',
      async (name) => {
        const store = await open();
        const made = ok(await store.put('a', {}, ABSENT));
        const invalid = { name: 'QueueError', kind: 'invalid' };
        const copy = { from: 'a', source: made, destination: ABSENT, metadata: {} } as const;
        await expect(store.get(name)).rejects.toMatchObject(invalid);
        await expect(store.put(name, {}, ABSENT)).rejects.toMatchObject(invalid);
        await expect(store.copy({ ...copy, to: name })).rejects.toMatchObject(invalid);
      },
    );

    test('metadata of more than 8 KiB is refused', async () => {
      const store = await open();
      await expect(store.put('a', { big: 'x'.repeat(8190) }, ABSENT)).rejects.toMatchObject({ kind: 'invalid' });
      const made = ok(await store.put('a', { big: 'x'.repeat(8189) }, ABSENT));
      await expect(store.patch('a', { more: 'x' }, made)).rejects.toMatchObject({ kind: 'invalid' });
    });
  });
}

function ok(written: Written): StoredObject {
  if (written.kind !== 'ok') throw new Error(`the write was ${written.kind}`, { cause: written });
  return written.object;
}

function names(page: { readonly objects: readonly StoredObject[] }): string[] {
  return page.objects.map(({ name }) => name);
}
