import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Documents, NO_DOCUMENT } from '../../../resources/ports/documents.ts';

/** What every store of documents must do. `raw` puts an object there that no store of ours would write. */
export interface DocumentsTarget {
  open(): Promise<{ documents: Documents; raw(name: string, text: string): Promise<unknown>; close(): Promise<void> }>;
}

export function documentsContract(name: string, target: DocumentsTarget): void {
  describe(`documents: ${name}`, () => {
    let opened: Awaited<ReturnType<DocumentsTarget['open']>>;
    let documents: Documents;
    beforeEach(async () => {
      opened = await target.open();
      ({ documents } = opened);
    });
    afterEach(() => opened.close());

    const create = async (at: string, body: unknown = { a: 1 }, attributes = {}) => {
      const written = await documents.put(at, { body, attributes }, NO_DOCUMENT);
      if (written.kind !== 'ok') throw new Error(`not made: ${written.kind}`);
      return written.generation;
    };

    test('a body is read back as it was written, with the generation of its write', async () => {
      const body = { text: 'Ümläut \u{1f600} "quoted"\r\n--levelset--', deep: [{ n: null, t: true, x: 1.5 }] };
      const generation = await create('resources/Rack/rack-1.json', body);
      expect(await documents.get('resources/Rack/rack-1.json')).toEqual({
        name: 'resources/Rack/rack-1.json',
        generation,
        body,
      });
    });

    test('what is not there is undefined', async () => {
      expect(await documents.get('resources/Rack/none.json')).toBeUndefined();
    });

    test('of two that make the same document one is lost', async () => {
      const made = await Promise.all(['a', 'b'].map((body) => documents.put('one', { body }, NO_DOCUMENT)));
      expect(made.map(({ kind }) => kind).sort()).toEqual(['lost', 'ok']);
    });

    test('a write counts on the generation that it names and on no other', async () => {
      const first = await create('one', 'first');
      const second = await documents.put('one', { body: 'second' }, first);
      expect(second).toMatchObject({ kind: 'ok' });
      expect(await documents.put('one', { body: 'third' }, first)).toEqual({ kind: 'lost' });
      expect((await documents.get('one'))?.body).toBe('second');
    });

    test('a write to what was deleted is lost', async () => {
      const generation = await create('one');
      await documents.delete('one', generation);
      expect(await documents.put('one', { body: 2 }, generation)).toEqual({ kind: 'lost' });
    });

    test('a delete counts on its generation; a second one finds nothing', async () => {
      const first = await create('one');
      const second = await documents.put('one', { body: 2 }, first);
      if (second.kind !== 'ok') throw new Error('lost');
      expect(await documents.delete('one', first)).toEqual({ kind: 'lost' });
      expect(await documents.delete('one', second.generation)).toEqual({ kind: 'ok' });
      expect(await documents.delete('one', second.generation)).toEqual({ kind: 'missing' });
      expect(await documents.get('one')).toBeUndefined();
    });

    test('a listing has names and attributes by prefix, in pages', async () => {
      await create('resources/Rack/b.json', {}, { labels: '{"é":"ü"}' });
      await create('resources/Rack/a.json');
      await create('resources/Rack/c.json');
      await create('resources/Racket/x.json');
      const first = await documents.list({ prefix: 'resources/Rack/', maxResults: 2 });
      expect(first.documents.map((each) => each.name)).toEqual(['resources/Rack/a.json', 'resources/Rack/b.json']);
      expect(first.documents[1]?.attributes).toEqual({ labels: '{"é":"ü"}' });
      const rest = await documents.list({
        prefix: 'resources/Rack/',
        maxResults: 2,
        pageToken: first.nextPageToken ?? '',
      });
      expect(rest.documents.map((each) => each.name)).toEqual(['resources/Rack/c.json']);
      expect(rest.nextPageToken).toBeUndefined();
      const behind = await documents.list({ prefix: 'resources/Rack/', startOffset: 'resources/Rack/b.json\u0001' });
      expect(behind.documents.map((each) => each.name)).toEqual(['resources/Rack/c.json']);
    });

    test('what is not JSON is corrupt, and says which object', async () => {
      await opened.raw('broken', '{"half":');
      await expect(documents.get('broken')).rejects.toMatchObject({
        kind: 'corrupt',
        message: expect.stringContaining('broken'),
      });
    });

    test('a name that Cloud Storage does not take is refused', async () => {
      await expect(documents.put('a\nb', { body: 1 }, NO_DOCUMENT)).rejects.toMatchObject({ kind: 'invalid' });
    });
  });
}
