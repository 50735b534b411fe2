import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ManualClock } from '../../services/testing/manual-clock.ts';
import { bodyOf, OBJECTS, UPLOAD, useRawStorage } from '../support/raw-storage.ts';
import { runStorage } from '../support/storage-emulator.ts';
import { documented } from './sources.ts';
import {
  byBytes,
  type Conditions,
  CONDITIONS,
  crc32c,
  listed,
  type ModelObject,
  patched,
  refusals,
} from './storage-model.ts';

const storage = useRawStorage();

const path = (name: string) => `${OBJECTS}/${encodeURIComponent(name)}`;
const query = (parameters: Readonly<Record<string, string>>) => new URLSearchParams(parameters).toString();

async function insert(name: string, body: object, data: string, conditions: Conditions = {}): Promise<Response> {
  const parts = [
    `content-type: application/json\r\n\r\n${JSON.stringify({ name, ...body })}`,
    `content-type: text/plain\r\n\r\n${data}`,
  ];
  const content = `${parts.map((part) => `--edge\r\n${part}\r\n`).join('')}--edge--`;
  return storage.send('POST', `${UPLOAD}?uploadType=multipart&${query(conditions)}`, content, {
    'content-type': 'multipart/related; boundary=edge',
  });
}

async function clear(): Promise<void> {
  const { items = [] } = await bodyOf(await storage.get(OBJECTS));
  for (const { name } of items as { name: string }[]) await storage.send('DELETE', path(name));
}

/** A condition's value, by what it is of the object that the request meets. */
const choice = fc.constantFrom('current', 'zero', 'other', 'earlier');
const wishes = fc.record(
  Object.fromEntries(CONDITIONS.map((name) => [name, choice])) as Record<(typeof CONDITIONS)[number], typeof choice>,
  { requiredKeys: [] },
);
type Wishes = typeof wishes extends fc.Arbitrary<infer T> ? T : never;

const metadata = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '__proto__x'),
  fc.string({ maxLength: 5, unit: 'grapheme' }),
  {
    maxKeys: 3,
  },
);
const changes = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(fc.string({ maxLength: 5 })), { maxKeys: 3 });
const name = fc.constantFrom('x', 'y', 'z/1');
const step = fc.oneof(
  fc.record({ does: fc.constant('insert' as const), name, metadata, data: fc.string({ maxLength: 9 }), on: wishes }),
  fc.record({ does: fc.constant('get' as const), name, on: wishes }),
  fc.record({ does: fc.constant('patch' as const), name, changes: fc.option(changes), on: wishes }),
  fc.record({ does: fc.constant('update' as const), name, metadata, on: wishes }),
  fc.record({ does: fc.constant('delete' as const), name, on: wishes }),
  fc.record({
    does: fc.constantFrom('rewriteTo' as const, 'copyTo' as const),
    name,
    to: name,
    metadata: fc.option(metadata, { nil: undefined }),
    on: wishes,
    onSource: wishes,
  }),
);

/** The bucket as the documentation has it, and every generation that was ever told. */
class World {
  readonly objects = new Map<string, ModelObject>();
  readonly generations = new Set<string>();

  conditions(name: string, wished: Wishes): Conditions {
    const object = this.objects.get(name);
    const conditions: Conditions = {};
    for (const [condition, is] of Object.entries(wished) as [(typeof CONDITIONS)[number], string][]) {
      const meta = condition.includes('Meta');
      // What a metageneration means where there is no object is not documented.
      if (meta && !object) continue;
      const current = meta ? String(object?.metageneration) : (object?.generation ?? '0');
      const earlier = meta ? '1' : ([...this.generations].at(-1) ?? '7');
      conditions[condition] = { current, zero: '0', other: `${current}7`.slice(-15), earlier }[is] ?? '0';
    }
    return conditions;
  }

  /** Checks a resource that was answered to a write, and keeps what it says. */
  take(
    name: string,
    resource: Record<string, unknown>,
    expected: Omit<ModelObject, 'generation'>,
    isNew: boolean,
  ): void {
    const generation = String(resource['generation']);
    if (isNew) expect(this.generations.has(generation), 'a new version has a generation of its own').toBe(false);
    else expect(generation).toBe(this.objects.get(name)?.generation);
    this.generations.add(generation);
    this.objects.set(name, { ...expected, generation });
    this.agrees(name, resource);
  }

  agrees(name: string, resource: Record<string, unknown>): void {
    const object = this.objects.get(name) as ModelObject;
    const data = Buffer.from(object.data);
    expect(resource).toMatchObject({
      name,
      generation: object.generation,
      metageneration: String(object.metageneration),
      size: String(data.length),
      md5Hash: createHash('md5').update(data).digest('base64'),
      crc32c: crc32c(data),
    });
    expect(resource['metadata'] ?? {}).toEqual(object.metadata);
  }
}

async function play(world: World, taken: typeof step extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const object = world.objects.get(taken.name);
  const on = world.conditions('to' in taken ? taken.to : taken.name, taken.on);
  const asked = query(on);
  const refused = refusals(on, 'to' in taken ? world.objects.get(taken.to) : object);
  const isRefused = (response: Response): boolean => {
    if (refused.size > 0) expect([...refused]).toContain(response.status);
    return refused.size > 0;
  };
  const isMissing = async (response: Response): Promise<boolean> => {
    await response.clone().text();
    if (object) return false;
    // Missing and unmet at once: which of the two is told is not documented.
    expect([404, ...refused]).toContain(response.status);
    return true;
  };
  switch (taken.does) {
    case 'insert': {
      const response = await insert(taken.name, { metadata: taken.metadata }, taken.data, on);
      if (isRefused(response)) return;
      expect(response.status).toBe(200);
      const { metadata, data } = taken;
      return world.take(taken.name, await bodyOf(response), { metageneration: 1, metadata, data }, true);
    }
    case 'get': {
      const response = await storage.get(`${path(taken.name)}?${asked}`);
      if ((await isMissing(response)) || isRefused(response)) return;
      return world.agrees(taken.name, await bodyOf(response));
    }
    case 'delete': {
      const response = await storage.send('DELETE', `${path(taken.name)}?${asked}`);
      if ((await isMissing(response)) || isRefused(response)) return;
      expect(response.status).toBe(204);
      world.objects.delete(taken.name);
      return;
    }
    case 'patch':
    case 'update': {
      const isPatch = taken.does === 'patch';
      const body = { metadata: isPatch ? taken.changes : taken.metadata };
      const response = await storage.send(
        isPatch ? 'PATCH' : 'PUT',
        `${path(taken.name)}?${asked}`,
        JSON.stringify(body),
      );
      if ((await isMissing(response)) || isRefused(response) || !object) return;
      const metadata = isPatch ? patched(object.metadata, taken.changes) : taken.metadata;
      const expected = { ...object, metageneration: object.metageneration + 1, metadata };
      return world.take(taken.name, await bodyOf(response), expected, false);
    }
    case 'rewriteTo':
    case 'copyTo': {
      const source = world.conditions(taken.name, taken.onSource);
      // Here a match and a not-match exclude each other: a property of its own.
      for (const side of [on, source]) {
        if (side.ifGenerationMatch !== undefined) delete side.ifGenerationNotMatch;
        if (side.ifMetagenerationMatch !== undefined) delete side.ifMetagenerationNotMatch;
      }
      const destination = refusals(on, world.objects.get(taken.to));
      const sourceQuery = Object.entries(source).map(([key, value]) => [key.replace('if', 'ifSource'), value] as const);
      const target = `${path(taken.name)}/${taken.does}/b/bkt/o/${encodeURIComponent(taken.to)}`;
      const all = query({ ...(on as Record<string, string>), ...Object.fromEntries(sourceQuery) });
      const content = taken.metadata === undefined ? '' : JSON.stringify({ metadata: taken.metadata });
      const response = await storage.send('POST', `${target}?${all}`, content);
      const codes = [...refusals(source, object), ...destination];
      if (!object) return expect([404, ...codes]).toContain(response.status);
      if (codes.length > 0) return expect(codes).toContain(response.status);
      expect(response.status).toBe(200);
      const answer = await bodyOf(response);
      const metadata = taken.metadata ?? object.metadata;
      const expected = { metageneration: 1, metadata, data: object.data };
      return world.take(taken.to, taken.does === 'copyTo' ? answer : answer.resource, expected, true);
    }
  }
}

describe('the storage emulator tells the truth', () => {
  documented(
    'preconditions',
    'any sequence of writes and reads under any preconditions ends as the documentation has it, each step seen at once',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          await clear();
          const world = new World();
          for (const taken of steps) {
            await play(world, taken);
            // "Cloud Storage consistency": a list, a read of metadata and one of data after a write see it.
            const { items = [] } = await bodyOf(await storage.get(OBJECTS));
            expect((items as { name: string }[]).map((item) => item.name)).toEqual(
              [...world.objects.keys()].sort(byBytes),
            );
            for (const item of items as { name: string }[]) world.agrees(item.name, item);
          }
          for (const [at, object] of world.objects) {
            expect(await (await storage.get(`${path(at)}?alt=media`)).text()).toBe(object.data);
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  documented('rewrite', 'a match and a not-match of the same number exclude each other', async () => {
    await storage.put('a');
    for (const [side, number] of [
      ['', 'Generation'],
      ['', 'Metageneration'],
      ['Source', 'Generation'],
      ['Source', 'Metageneration'],
    ] as const) {
      const both = `if${side}${number}Match=1&if${side}${number}NotMatch=2`;
      const response = await storage.send('POST', `${path('a')}/rewriteTo/b/bkt/o/b?${both}`);
      expect(response.status, both).toBe(400);
    }
    expect((await storage.get(path('b'))).status).toBe(404);
  });

  documented(
    'insert',
    'ifGenerationMatch=0 succeeds only where there is no live object, ifGenerationNotMatch=0 only where there is one',
    async () => {
      expect((await insert('a', {}, '1', { ifGenerationNotMatch: '0' })).ok).toBe(false);
      expect((await insert('a', {}, '1', { ifGenerationNotMatch: '12345' })).ok).toBe(false);
      expect((await storage.get(path('a'))).status).toBe(404);
      expect((await insert('a', {}, '1', { ifGenerationMatch: '0' })).status).toBe(200);
      expect((await insert('a', {}, '2', { ifGenerationMatch: '0' })).status).toBe(412);
      expect((await insert('a', {}, '3', { ifGenerationNotMatch: '0' })).status).toBe(200);
    },
  );

  documented('versioning', 'a generation names one version: without versioning, an earlier one is gone', async () => {
    const first = await bodyOf(await storage.put('a', '1'));
    const second = await bodyOf(await storage.put('a', '2'));
    expect((await storage.get(`${path('a')}?generation=${first.generation}`)).status).toBe(404);
    expect((await storage.get(`${path('a')}?generation=${second.generation}`)).status).toBe(200);
    expect((await storage.send('DELETE', `${path('a')}?generation=${first.generation}`)).status).toBe(404);
    expect((await storage.get(path('a'))).status).toBe(200);
  });

  documented(
    'objects',
    'a name is 1 to 1024 bytes of UTF-8 without CR and LF, not . or .., not below .well-known/acme-challenge/',
    async () => {
      const odd = fc.constantFrom(
        '.',
        '..',
        '...',
        '',
        'a\r',
        '\nb',
        '.well-known/acme-challenge/',
        '.well-known/acme-challenge/x',
        '.well-known/acme-challenge',
        '/',
        'a/../b',
        '%2f',
        '€'.repeat(341),
        `${'€'.repeat(341)}ab`,
      );
      const long = fc
        .integer({ min: 1018, max: 1028 })
        .chain((bytes) => fc.constantFrom('k'.repeat(bytes), 'é'.repeat(bytes / 2), 'k' + '𐀀'.repeat(bytes / 4)));
      await fc.assert(
        fc.asyncProperty(fc.oneof(odd, long, fc.string({ unit: 'binary', maxLength: 20 })), async (name) => {
          const bytes = Buffer.byteLength(name);
          const fine =
            bytes >= 1 &&
            bytes <= 1024 &&
            !/[\r\n]/.test(name) &&
            name !== '.' &&
            name !== '..' &&
            !name.startsWith('.well-known/acme-challenge/');
          const response = await storage.put(name);
          expect(response.status, JSON.stringify(name)).toBe(fine ? 200 : 400);
          if (!fine) return;
          expect((await bodyOf(response)).name).toBe(name);
          expect((await bodyOf(await storage.get(path(name)))).name).toBe(name);
          await storage.send('DELETE', path(name));
        }),
        { numRuns: 150 },
      );
    },
  );

  documented(
    'storageQuotas',
    'custom metadata takes 8 KiB of names and values together, on insert, patch and copy',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 8180, max: 8204 }), fc.constantFrom('x', 'é', '€'), async (bytes, unit) => {
          const width = Buffer.byteLength(unit);
          const filler = 'k'.repeat(bytes % width) + unit.repeat(Math.floor(bytes / width) - 1) + 'x'.repeat(width - 1);
          const metadata = { m: filler };
          const size = 1 + Buffer.byteLength(filler);
          const status = size <= 8192 ? 200 : 400;
          expect((await insert('m', { metadata }, '')).status).toBe(status);
          await storage.put('n');
          expect((await storage.send('PATCH', path('n'), JSON.stringify({ metadata }))).status).toBe(status);
          expect(
            (await storage.send('POST', `${path('n')}/rewriteTo/b/bkt/o/o`, JSON.stringify({ metadata }))).status,
          ).toBe(status);
        }),
        {
          numRuns: 30,
          examples: [
            [8192, 'x'],
            [8193, 'x'],
          ],
        },
      );
    },
  );

  documented(
    'list',
    'lists by prefix, delimiter and offsets in order of UTF-8 bytes, in pages that together say everything once',
    async () => {
      const part = fc.constantFrom('a', 'b', '/', '//', 'é', '\uFF5E', '𐀀', 'a/', '-');
      const text = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
      const listing = fc.record(
        {
          prefix: text,
          delimiter: fc.constantFrom('/', '//', 'b', 'é'),
          startOffset: text,
          endOffset: text,
          includeTrailingDelimiter: fc.boolean(),
        },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(text, { maxLength: 14 }),
          fc.array(fc.tuple(listing, fc.integer({ min: 1, max: 5 })), { minLength: 4, maxLength: 8 }),
          async (names, listings) => {
            await clear();
            for (const each of names) await storage.put(each, '');
            for (const [asked, maxResults] of listings) {
              const expected = listed(names, asked);
              const seen = { items: [] as string[], prefixes: [] as string[] };
              let pageToken: string | undefined;
              do {
                const parameters = {
                  ...Object.fromEntries(Object.entries(asked).map(([key, value]) => [key, String(value)])),
                  maxResults: String(maxResults),
                  ...(pageToken !== undefined && { pageToken }),
                };
                const page = await bodyOf(await storage.get(`${OBJECTS}?${query(parameters)}`));
                const items = ((page.items ?? []) as { name: string }[]).map((item) => item.name);
                const prefixes = (page.prefixes ?? []) as string[];
                // A name that is a common prefix as well belongs to one entry of a page.
                const both = items.filter((item) => prefixes.includes(item)).length;
                expect(items.length + prefixes.length - both).toBeLessThanOrEqual(maxResults);
                seen.items.push(...items);
                seen.prefixes.push(...prefixes);
                pageToken = page.nextPageToken as string | undefined;
              } while (pageToken !== undefined);
              expect(seen, JSON.stringify({ names, asked, maxResults })).toEqual(expected);
            }
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  documented('hashes', 'an upload whose checksum was said and does not fit is refused and leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), async (data, said) => {
        const md5Hash = createHash('md5').update(said).digest('base64');
        const sums = [{ md5Hash }, { crc32c: crc32c(Buffer.from(said)) }];
        for (const sum of sums) {
          await storage.send('DELETE', path('h'));
          expect((await insert('h', sum, data)).status).toBe(data === said ? 200 : 400);
          expect((await storage.get(path('h'))).status).toBe(data === said ? 200 : 404);
        }
      }),
      { numRuns: 40 },
    );
    expect(crc32c(Buffer.from('123456789'))).toBe(Buffer.from('e3069283', 'hex').toString('base64'));
  });

  documented(
    'storageQuotas',
    'one object takes about one write a second, however it is written; others are not held up',
    async () => {
      const clock = new ManualClock();
      await using limited = await runStorage({ rateLimit: true, clock });
      const put = (name: string) =>
        limited.fetch(`${UPLOAD}?uploadType=media&name=${name}`, { method: 'POST', body: '' });
      const writes = [
        () => put('a'),
        () => limited.fetch(path('a'), { method: 'PATCH', body: '{"metadata":{"n":"1"}}' }),
        () => limited.fetch(`${path('b')}/rewriteTo/b/bkt/o/a`, { method: 'POST' }),
      ];
      await put('a');
      await put('b');
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.integer({ min: 0, max: 1_500 }), fc.nat(2)), { minLength: 10, maxLength: 30 }),
          async (burst) => {
            await clock.advance(10_000);
            let [taken, elapsedMs] = [0, 0];
            for (const [pauseMs, which] of burst) {
              await clock.advance(pauseMs);
              elapsedMs += pauseMs;
              const { status } = await (writes[which] as (typeof writes)[0])();
              expect([200, 429]).toContain(status);
              if (status === 200) taken++;
            }
            // About one a second: a second write may come early, and no write is refused for longer than it has to wait.
            expect(taken).toBeLessThanOrEqual(2 + elapsedMs / 1_000);
            expect(taken).toBeGreaterThanOrEqual(Math.min(burst.length, Math.floor(elapsedMs / 2_000)));
            await clock.advance(1_000);
            expect((await put('a')).status).toBe(200);
            expect((await put(`free-${taken}-${elapsedMs}`)).status).toBe(200);
          },
        ),
        { numRuns: 20 },
      );
    },
  );
});
