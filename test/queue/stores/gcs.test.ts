import type { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../../queue/ports/clock.ts';
import { ABSENT, type Deleted, type ObjectStore, type Written } from '../../../queue/ports/object-store.ts';
import { gcsStore } from '../../../queue/stores/gcs.ts';
import { openStorage } from '../../../queue/stores/gcs-client.ts';
import { clientTransport } from '../../../queue/stores/gcs-client-transport.ts';
import { leanTransport } from '../../../queue/stores/gcs-lean-transport.ts';
import type { GcsTransport } from '../../../queue/stores/gcs-transport.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { hurriedClock } from '../../support/hurried-clock.ts';
import { type ScriptedServer, scriptedServer } from '../../support/scripted-server.ts';
import { type RunningStorage, runStorage } from '../../support/storage-emulator.ts';
import { objectStoreContract } from './object-store.contract.ts';

/** How requests may travel. Whatever the store promises, it promises over each. */
const TRANSPORTS = {
  "the client's own": clientTransport,
  'the lean one': (storage: Storage, clock: Clock, timeoutMs: number): GcsTransport =>
    leanTransport({ storage, clock, timeoutMs }),
} as const;

const PIN = { generation: '1', metageneration: '2' };
const OBJECT = { name: 'a', generation: '1', metageneration: '2', metadata: { n: '1' } };

const WRITES: Record<string, (store: ObjectStore) => Promise<Written | Deleted>> = {
  put: (store) => store.put('a', { n: '1' }, ABSENT),
  copy: (store) => store.copy({ from: 'a', source: PIN, to: 'b', destination: ABSENT, metadata: {} }),
  patch: (store) => store.patch('a', { n: '1' }, PIN),
  delete: (store) => store.delete('a', PIN),
};

const READS: Record<string, (store: ObjectStore) => Promise<unknown>> = {
  get: (store) => store.get('a'),
  list: (store) => store.list({}),
};

function refusalOf(status: number, message = 'no'): { status: number; body: unknown } {
  return { status, body: { error: { code: status, message, errors: [{ domain: 'global', reason: 'x', message }] } } };
}

describe.each(Object.entries(TRANSPORTS))('over %s transport', (_name, transportOn) => {
  const TIMEOUT_MS = 20_000;

  function storeOn(server: { origin: string }, clock: Clock = systemClock): ObjectStore {
    const storage = openStorage({ apiEndpoint: server.origin, projectId: 'p' });
    const transport = transportOn(storage, clock, TIMEOUT_MS);
    return gcsStore({ storage, bucket: 'bkt', clock, random: seededRandom(1), transport });
  }

  describe('the store on the emulator', () => {
    let running: RunningStorage;
    let buckets = 0;
    beforeAll(async () => {
      running = await runStorage();
    });
    afterAll(() => running[Symbol.asyncDispose]());

    objectStoreContract(async () => {
      const bucket = `bucket-${buckets++}`;
      await running.storage.createBucket(bucket);
      return gcsStore({
        storage: running.storage,
        bucket,
        clock: systemClock,
        random: seededRandom(1),
        transport: transportOn(running.storage, systemClock, TIMEOUT_MS),
      });
    });

    test('says throttled when Cloud Storage answers 429', async () => {
      await using limited = await runStorage({ rateLimit: true, clock: new ManualClock() });
      const store = storeOn(limited);
      const made = await store.put('a', {}, ABSENT);
      const pin = { generation: made.kind === 'ok' ? made.object.generation : '' };
      expect((await store.patch('a', {}, pin)).kind).toBe('ok');
      expect(await store.patch('a', {}, pin)).toEqual({ kind: 'throttled' });
    });

    test('throws for a bucket that does not exist, whatever is asked', async () => {
      const store = gcsStore({
        storage: running.storage,
        bucket: 'none',
        clock: systemClock,
        random: seededRandom(1),
        transport: transportOn(running.storage, systemClock, TIMEOUT_MS),
      });
      for (const [name, call] of [...Object.entries(WRITES), ...Object.entries(READS)]) {
        const error = {
          name: 'QueueError',
          kind: 'unavailable',
          message: expect.stringMatching(/bucket does not exist.*none/),
        };
        await expect(call(store), name).rejects.toMatchObject(error);
      }
    });
  });

  describe.each(Object.entries(WRITES))('a %s', (_name, write) => {
    test.each([408, 500, 502, 503, 504, 409, 410])('is sent once and is unknown after a %i', async (status) => {
      await using server = await scriptedServer(refusalOf(status), { status: 200, body: OBJECT });
      expect(await write(storeOn(server))).toMatchObject({ kind: 'unknown', cause: expect.any(Error) });
      expect(server.seen).toHaveLength(1);
    });

    test('is sent once and is unknown after a reset', async () => {
      await using server = await scriptedServer('reset', { status: 200, body: OBJECT });
      expect(await write(storeOn(server))).toMatchObject({ kind: 'unknown' });
      expect(server.seen).toHaveLength(1);
    });

    test('is sent once and is unknown when no answer comes in 20 s', async () => {
      await using server = await scriptedServer('hang');
      const clock = new ManualClock();
      const writing = write(storeOn(server, clock));
      await server.requests(1);
      await clock.advance(19_999);
      expect(clock.pending).toBe(1);
      await clock.advance(1);
      expect(await writing).toMatchObject({ kind: 'unknown' });
      expect(server.seen).toHaveLength(1);
    });

    test('is unknown where nobody listens', async () => {
      const server = await scriptedServer('hang');
      await server[Symbol.asyncDispose]();
      expect(await write(storeOn(server))).toMatchObject({ kind: 'unknown' });
    });

    test.each([
      [412, 'lost'],
      [404, 'missing'],
      [429, 'throttled'],
    ])('that is answered %i is %s, and is sent once', async (status, kind) => {
      await using server = await scriptedServer(refusalOf(status), { status: 200, body: OBJECT });
      expect(await write(storeOn(server))).toEqual({ kind });
      expect(server.seen).toHaveLength(1);
    });

    test.each([
      [400, 'invalid'],
      [401, 'unavailable'],
      [403, 'unavailable'],
    ])('that is answered %i throws, and says what was asked of which object', async (status, kind) => {
      await using server = await scriptedServer(refusalOf(status, 'because'));
      const message = expect.stringMatching(new RegExp(`${status} because.*cannot ${_name}: bucket="bkt" name="a"`));
      await expect(write(storeOn(server))).rejects.toMatchObject({ name: 'QueueError', kind, message });
      expect(server.seen).toHaveLength(1);
    });

    test('leaves no timer behind', async () => {
      await using server = await scriptedServer(refusalOf(412));
      const clock = new ManualClock();
      await write(storeOn(server, clock));
      expect(clock.pending).toBe(0);
    });
  });

  describe('an answer that cannot be understood', () => {
    test.each(['put', 'copy', 'patch'])('makes a %s unknown', async (name) => {
      await using server = await scriptedServer({ status: 200, body: { surprising: true } });
      expect(await WRITES[name]?.(storeOn(server))).toMatchObject({ kind: 'unknown' });
    });
  });

  describe.each(Object.entries(READS))('a %s', (name, read) => {
    const answer = { status: 200, body: name === 'get' ? OBJECT : { items: [OBJECT] } };

    test('is tried again until it is answered', async () => {
      await using server = await scriptedServer(refusalOf(503), 'reset', refusalOf(429), refusalOf(408), answer);
      expect(await read(storeOn(server, hurriedClock(100)))).toEqual(name === 'get' ? OBJECT : { objects: [OBJECT] });
      expect(server.seen).toHaveLength(5);
    });

    test('is tried again when no answer comes in time', async () => {
      await using server = await scriptedServer('hang', answer);
      expect(await read(storeOn(server, hurriedClock(100)))).toEqual(name === 'get' ? OBJECT : { objects: [OBJECT] });
    });

    test('throws when its budget is spent', async () => {
      await using server = await scriptedServer(refusalOf(503, 'down'));
      await expect(read(storeOn(server, hurriedClock(200)))).rejects.toMatchObject({
        name: 'QueueError',
        kind: 'unavailable',
        message: expect.stringContaining(`cannot ${name}`),
        cause: expect.objectContaining({ message: expect.stringContaining('503 down') }),
      });
      expect(server.seen.length).toBeGreaterThan(5);
    });

    test.each([
      [400, 'invalid'],
      [401, 'unavailable'],
      [403, 'unavailable'],
    ])('that is answered %i throws at once', async (status, kind) => {
      await using server = await scriptedServer(refusalOf(status));
      await expect(read(storeOn(server))).rejects.toMatchObject({ kind });
      expect(server.seen).toHaveLength(1);
    });
  });

  describe('what is sent', () => {
    async function sent(call: (store: ObjectStore) => Promise<unknown>, ...script: Parameters<typeof scriptedServer>) {
      await using server = await scriptedServer(...script);
      await call(storeOn(server));
      return server.seen.map(({ method, path, query, body }) => ({
        method,
        path,
        query: Object.fromEntries(query),
        body,
      }));
    }
    const fields = 'name,generation,metageneration,metadata';
    /** Of an object that is written whole, name and metadata are known. */
    const versionFields = 'generation,metageneration';

    test('pins both ends of a copy', async () => {
      const copy = { from: 'q/a', source: PIN, to: 'p/b', destination: { generation: '3', metageneration: '4' } };
      const [request] = await sent((store) => store.copy({ ...copy, metadata: { n: '1' } }), refusalOf(412));
      expect(request).toEqual({
        method: 'POST',
        path: '/storage/v1/b/bkt/o/q%2Fa/rewriteTo/b/bkt/o/p%2Fb',
        query: {
          ifSourceGenerationMatch: '1',
          ifSourceMetagenerationMatch: '2',
          ifGenerationMatch: '3',
          ifMetagenerationMatch: '4',
          fields: `done,rewriteToken,resource(${versionFields})`,
        },
        body: '{"metadata":{"n":"1"}}',
      });
    });

    test('goes on with a rewrite until it is done', async () => {
      const steps = [
        { status: 200, body: { done: false, rewriteToken: 'one' } },
        { status: 200, body: { done: false, rewriteToken: 'two' } },
        { status: 200, body: { done: true, resource: { generation: '5', metageneration: '1' } } },
      ] as const;
      const copy = { from: 'a', source: PIN, to: 'b', destination: ABSENT, metadata: { n: '1' } } as const;
      let written: Written | undefined;
      const requests = await sent(async (store) => (written = await store.copy(copy)), ...steps);
      const object = { name: 'b', generation: '5', metageneration: '1', metadata: { n: '1' } };
      expect(written).toEqual({ kind: 'ok', object });
      expect(requests.map(({ query }) => query.rewriteToken)).toEqual([undefined, 'one', 'two']);
      for (const { query } of requests)
        expect(query).toMatchObject({ ifGenerationMatch: '0', ifSourceGenerationMatch: '1' });
    });

    test('pins patches and deletes to both numbers', async () => {
      const conditions = { ifGenerationMatch: '1', ifMetagenerationMatch: '2' };
      const [patch] = await sent((store) => store.patch('a b', { n: null }, PIN), refusalOf(412));
      expect(patch).toEqual({
        method: 'PATCH',
        path: '/storage/v1/b/bkt/o/a%20b',
        query: { ...conditions, fields },
        body: '{"metadata":{"n":null}}',
      });
      const [deletion] = await sent((store) => store.delete('a', PIN), refusalOf(412));
      expect(deletion).toMatchObject({ method: 'DELETE', path: '/storage/v1/b/bkt/o/a', query: conditions });
    });

    test('asks for no more fields than are read, and for pages without indentation', async () => {
      const [get] = await sent((store) => store.get('a'), { status: 200, body: OBJECT });
      expect(get?.query).toEqual({ fields });
      const query = {
        prefix: 'queued/',
        startOffset: 'queued/a',
        endOffset: 'queued/z',
        maxResults: 7,
        pageToken: 't',
      };
      const [list] = await sent((store) => store.list(query), { status: 200, body: {} });
      expect(list?.query).toEqual({
        ...query,
        maxResults: '7',
        fields: `items(${fields}),nextPageToken`,
        prettyPrint: 'false',
      });
      const version = { generation: '7', metageneration: '1' };
      let written: Written | undefined;
      const [put] = await sent(async (store) => (written = await store.put('a b', { n: '1' }, ABSENT)), {
        status: 200,
        body: version,
      });
      expect(put?.query).toMatchObject({ fields: versionFields });
      expect(written).toEqual({ kind: 'ok', object: { name: 'a b', metadata: { n: '1' }, ...version } });
    });
  });

  describe('the client', () => {
    test('authenticates with Cloud Storage itself, and not with an emulator', async () => {
      const real = openStorage();
      expect([real.apiEndpoint, real.customEndpoint]).toEqual(['https://storage.googleapis.com', false]);
      const local = openStorage({ apiEndpoint: 'http://127.0.0.1:1' });
      expect([local.apiEndpoint, local.customEndpoint]).toEqual(['http://127.0.0.1:1', true]);
    });

    test('keeps its connections between requests: as many as there were requests at once', async () => {
      await using server = await scriptedServer({ status: 200, body: OBJECT });
      const store = storeOn(server satisfies ScriptedServer);
      const connections = () => new Set(server.seen.map(({ clientPort }) => clientPort)).size;
      for (let i = 0; i < 20; i++) await store.get('a');
      expect(connections()).toBe(1);
      for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 8 }, () => store.get('a')));
      expect(connections()).toBe(8);
    });
  });
});
