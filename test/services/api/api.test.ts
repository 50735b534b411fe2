import { beforeEach, describe, expect, test } from 'vitest';
import { CloudEvent, HTTP } from 'cloudevents';
import { silentJournal } from '../../../catalogue/events.ts';
import { QueueError } from '../../../queue/errors.ts';
import type { Change } from '../../../resources/change.ts';
import { subscribe } from '../../../resources/events/subscriptions.ts';
import { ResourceStore } from '../../../resources/store.ts';
import { api } from '../../../services/api/app.ts';
import { queueChanges } from '../../../services/api/follow.ts';
import { Box, Item } from '../../resources/support/kinds.ts';
import { memoryStore } from '../../resources/support/memory-store.ts';

let opened: ReturnType<typeof memoryStore>;
let store: ResourceStore;
let queued: string[];
let queueDown = false;
let app: ReturnType<typeof api>;

beforeEach(() => {
  opened = memoryStore([Box, Item]);
  queued = [];
  queueDown = false;
  const enqueue = async (keys: readonly string[]) => {
    if (queueDown) throw new QueueError('unavailable', 'down');
    queued.push(...keys);
  };
  store = new ResourceStore({ ...opened.store.context, onChange: queueChanges(enqueue, silentJournal) });
  const subscriptions = [subscribe('io.example.**', ({ subject }) => [`Box/${subject}`])];
  app = api({ store, service: 'test', subscriptions, enqueue, journal: silentJournal });
});

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const sent = { 'content-type': 'application/json', ...headers };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await app.request(path, { method, headers: sent, ...(body !== undefined && { body: text }) });
  const said = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { code: response.status, headers: response.headers, body: type.includes('json') ? JSON.parse(said) : said };
}

const make = async (body: object = { name: 'first', size: 1, shelf: 'top' }) => {
  const { body: made, headers } = await send('POST', '/boxes', body);
  return { uid: made.metadata.uid as string, made, etag: headers.get('etag') ?? '' };
};

describe('POST', () => {
  test('takes the name and the spec side by side, and gives the whole resource', async () => {
    const { code, body, headers } = await send('POST', '/boxes', {
      name: 'a',
      size: 2,
      labels: { x: 'y' },
      annotations: { n: 'o' },
    });
    expect(code).toBe(201);
    expect(body).toMatchObject({
      kind: 'Box',
      metadata: { name: 'a', labels: { x: 'y' }, annotations: { n: 'o' }, generation: 1 },
      spec: { size: 2 },
      status: { seen: 0 },
    });
    expect(headers.get('location')).toBe(`/boxes/${body.metadata.uid}`);
    expect(headers.get('etag')).toBe(`"${body.metadata.resourceVersion}"`);
    expect(queued).toEqual([`Box/${body.metadata.uid}`]);
  });

  test.for<[unknown, string]>([
    ['{"name":"a"}}', 'invalid request body: '],
    ['', 'invalid request body: it is empty'],
    ['[]', 'invalid request body: it is not a JSON object'],
    [{ name: 7, size: 1 }, 'invalid request body: name must be a string'],
    [{ name: 'a', size: 1, labels: { a: 1 } }, 'invalid request body: labels must be an object of strings'],
    [{ size: 1 }, 'validation failed: name is required'],
    [
      { name: 'a', size: 99, mode: 'x', y: 1 },
      'validation failed: size must be at most 42; mode must be one of: shared dedicated; y is not a field',
    ],
    [{ name: 'a', size: 1, labels: { 'a b': 'c' } }, 'validation failed: labels: '],
  ])('refuses %j', async ([body, error]) => {
    const answer = await send('POST', '/boxes', body);
    expect(answer).toMatchObject({ code: 400, body: { error: expect.stringContaining(error), code: 400 } });
    expect(queued).toEqual([]);
  });

  test('stands even if the queue is down: the next resync finds it', async () => {
    queueDown = true;
    const { uid } = await make();
    expect(await store.find(Box, uid)).toBeDefined();
  });

  test('refuses what is longer than a megabyte', async () => {
    expect(await send('POST', '/boxes', { name: 'x'.repeat(1024 * 1024) })).toMatchObject({ code: 413 });
  });
});

describe('GET', () => {
  test('a list is a bare array, selected by labels, fields and owner, in pages that lead on', async () => {
    expect((await send('GET', '/boxes')).body).toEqual([]);
    for (let i = 0; i < 5; i++)
      await make({ name: `${i}`, size: 1, shelf: i < 3 ? 'top' : 'low', labels: { n: `${i}` } });
    const names = async (query: string) =>
      (await send('GET', `/boxes?${query}`)).body
        .map((box: { metadata: { name: string } }) => box.metadata.name)
        .sort();
    expect(await names('')).toEqual(['0', '1', '2', '3', '4']);
    expect(await names('fieldSelector=shelf=low')).toEqual(['3', '4']);
    expect(await names('labelSelector=n!=0,n!=1')).toEqual(['2', '3', '4']);
    expect(await names('owner=box-00000000')).toEqual([]);

    let next = '/boxes?limit=2';
    const seen: string[] = [];
    while (next !== '') {
      const { body, headers } = await send('GET', next);
      seen.push(...body.map((box: { metadata: { name: string } }) => box.metadata.name));
      next = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? '';
    }
    expect(seen.sort()).toEqual(['0', '1', '2', '3', '4']);
  });

  test.for([
    'limit=0',
    'limit=x',
    'limit=1001',
    'labelSelector=a b',
    'fieldSelector=x',
    'owner=../..',
    'after=x',
    'sort=name',
  ])('a list with %s is refused', async (query) => {
    expect(await send('GET', `/boxes?${query}`)).toMatchObject({ code: 400 });
  });

  test.for([
    ['/boxes?fieldSelector=colour=red', 'Box is not indexed by "colour": allowed are: shelf'],
    ['/boxes?fieldSelector=shelf=top,size=1&owner=box-00000000', 'Box is not indexed by "size": allowed are: shelf'],
    ['/items?fieldSelector=constructor=x', 'Item is not indexed by "constructor": it has no index'],
  ] as const)('%s is refused: %s', async ([path, sentence]) => {
    const error = expect.stringContaining(sentence);
    expect(await send('GET', path)).toMatchObject({ code: 400, body: { code: 400, error } });
  });

  test('one has an ETag; who knows it already gets 304', async () => {
    const { uid, made, etag } = await make();
    expect(await send('GET', `/boxes/${uid}`)).toMatchObject({ code: 200, body: made });
    expect(await send('GET', `/boxes/${uid}`, undefined, { 'if-none-match': etag })).toMatchObject({
      code: 304,
      body: '',
    });
    expect(await send('GET', `/boxes/${uid}`, undefined, { 'if-none-match': '"1"' })).toMatchObject({ code: 200 });
  });

  test.for(['/boxes/box-00000000', '/boxes/nonsense', '/boxes/..%2f..%2fsecret'])('%s is 404', async (path) => {
    expect(await send('GET', path)).toMatchObject({
      code: 404,
      body: { error: expect.stringMatching(/^Box not found: /), code: 404 },
    });
  });
});

describe('PUT', () => {
  // Trap 13.
  test('replaces the spec, merges labels, keeps the name where none is given, and the status', async () => {
    const { uid } = await make({ name: 'first', size: 1, shelf: 'top', labels: { a: '1' } });
    await send('PUT', `/boxes/${uid}/status`, { seen: 4 });
    const { code, body } = await send('PUT', `/boxes/${uid}`, { size: 2, labels: { b: '2' } });
    expect(code).toBe(200);
    expect(body).toMatchObject({
      metadata: { name: 'first', labels: { a: '1', b: '2' }, generation: 2 },
      status: { seen: 4 },
    });
    expect(body.spec).toEqual({ size: 2 });
  });

  test('validates', async () => {
    const { uid } = await make();
    expect(await send('PUT', `/boxes/${uid}`, { size: 0 })).toMatchObject({
      code: 400,
      body: { error: 'validation failed: size must be at least 1' },
    });
  });

  test('of two with the same If-Match one wins, the other gets 412, and nothing is lost', async () => {
    const { uid, etag } = await make();
    const put = (size: number) => send('PUT', `/boxes/${uid}`, { size }, { 'if-match': etag });
    const answers = await Promise.all([put(11), put(12)]);
    expect(answers.map(({ code }) => code).sort()).toEqual([200, 412]);
    const winner = answers.find(({ code }) => code === 200);
    expect((await send('GET', `/boxes/${uid}`)).body).toEqual(winner?.body);
    expect(winner?.body.metadata.generation).toBe(2);
  });

  test('takes several tags, any tag, and refuses what is none', async () => {
    const { uid, etag } = await make();
    const put = (size: number, tag: string) => send('PUT', `/boxes/${uid}`, { size }, { 'if-match': tag });
    expect(await put(2, `"1", ${etag}`)).toMatchObject({ code: 200 });
    expect(await put(3, `"1", ${etag}`)).toMatchObject({ code: 412 });
    expect(await put(4, '*')).toMatchObject({ code: 200 });
    expect(await put(5, `W/${etag}`)).toMatchObject({ code: 412 });
    expect(await put(6, 'nonsense')).toMatchObject({ code: 400 });
  });
});

describe('PATCH', () => {
  test.for<[string, string, unknown, object]>([
    ['a merge patch', 'application/merge-patch+json', { size: 5, shelf: null }, { size: 5, inner: { color: 'red' } }],
    ['a merge patch by default', '', { size: 5 }, { size: 5, shelf: 'top', inner: { color: 'red' } }],
    [
      'a merge patch as JSON',
      'application/json; charset=utf-8',
      { size: 5 },
      { size: 5, shelf: 'top', inner: { color: 'red' } },
    ],
    [
      'what curl -d sends',
      'application/x-www-form-urlencoded',
      { size: 5 },
      { size: 5, shelf: 'top', inner: { color: 'red' } },
    ],
    [
      'a JSON patch',
      'application/json-patch+json',
      [
        { op: 'test', path: '/size', value: 1 },
        { op: 'replace', path: '/inner/color', value: 'blue' },
        { op: 'remove', path: '/shelf' },
      ],
      { size: 1, inner: { color: 'blue' } },
    ],
    [
      'a JSON patch of the whole',
      'application/json-patch+json',
      [{ op: 'replace', path: '', value: { size: 9 } }],
      { size: 9 },
    ],
    [
      'a shorthand patch',
      'application/shorthand-patch+json',
      { 'inner.color': 'blue', shelf: null },
      { size: 1, inner: { color: 'blue' } },
    ],
  ])('%s changes the spec', async ([, type, patch, spec]) => {
    const { uid } = await make({ name: 'b', size: 1, shelf: 'top', inner: { color: 'red' } });
    const { code, body } = await send('PATCH', `/boxes/${uid}`, patch, { 'content-type': type });
    expect(code).toBe(200);
    expect(body.spec).toEqual(spec);
    expect(body.metadata.generation).toBe(2);
  });

  test.for([
    ['merge', 'application/merge-patch+json', { size: 5 }],
    ['json', 'application/json-patch+json', [{ op: 'replace', path: '/size', value: 5 }]],
    ['shorthand', 'application/shorthand-patch+json', { size: 5 }],
  ] as const)('is told of with its type: %s', async ([patchType, type, patch]) => {
    const { uid } = await make();
    const changes: Change[] = [];
    const watched = new ResourceStore({ ...store.context, onChange: async (change) => void changes.push(change) });
    const other = api({
      store: watched,
      service: 'test',
      subscriptions: [],
      enqueue: async () => {},
      journal: silentJournal,
    });
    const sent = { method: 'PATCH', headers: { 'content-type': type }, body: JSON.stringify(patch) };
    expect((await other.request(`/boxes/${uid}`, sent)).status).toBe(200);
    expect(changes).toMatchObject([{ action: 'patched', patchType }]);
  });

  test.for<[number, string, unknown, string]>([
    [415, 'application/strategic-merge-patch+json', {}, 'not known'],
    [422, 'application/json-patch+json', [{ op: 'test', path: '/size', value: 2 }], 'does not apply'],
    [422, 'application/json-patch+json', [{ op: 'remove', path: '/nothing' }], 'does not apply'],
    [422, 'application/json-patch+json', { size: 2 }, 'array of'],
    [422, 'application/json-patch+json', [{ op: 'add', path: '/__proto__/bad', value: 1 }], 'no field'],
    [422, 'application/merge-patch+json', { size: 99 }, 'size must be at most 42'],
    [422, 'application/merge-patch+json', { typo: 1 }, 'typo is not a field'],
    [422, 'application/merge-patch+json', [], 'not a JSON object'],
    [400, 'application/merge-patch+json', '{', 'invalid request body'],
  ])('is refused with %s: %s %j', async ([code, type, patch, error]) => {
    const { uid, made } = await make();
    expect(await send('PATCH', `/boxes/${uid}`, patch, { 'content-type': type })).toMatchObject({
      code,
      body: { code, error: expect.stringContaining(error) },
    });
    expect((await send('GET', `/boxes/${uid}`)).body).toEqual(made);
  });
});

describe('the status', () => {
  // Trap 10.
  test('is put and patched apart from the spec, and queues nobody', async () => {
    const { uid } = await make();
    queued.length = 0;
    expect(await send('PUT', `/boxes/${uid}/status`, { seen: 2, note: 'n' })).toMatchObject({
      code: 200,
      body: { status: { seen: 2, note: 'n' } },
    });
    const { body } = await send('PATCH', `/boxes/${uid}/status`, { seen: 3 });
    expect(body).toMatchObject({ status: { seen: 3, note: 'n' }, spec: { size: 1 }, metadata: { generation: 1 } });
    expect(queued).toEqual([]);
  });

  test('may not lose fields to a patch', async () => {
    const { uid } = await make();
    await send('PUT', `/boxes/${uid}/status`, { seen: 2, note: 'n' });
    expect(await send('PATCH', `/boxes/${uid}/status`, { note: null })).toMatchObject({
      code: 422,
      body: { error: expect.stringContaining('note') },
    });
    const remove = [{ op: 'remove', path: '/note' }];
    expect(
      await send('PATCH', `/boxes/${uid}/status`, remove, { 'content-type': 'application/json-patch+json' }),
    ).toMatchObject({ code: 422 });
  });

  test('is validated', async () => {
    const { uid } = await make();
    expect(await send('PUT', `/boxes/${uid}/status`, { seen: 'x' })).toMatchObject({ code: 400 });
    expect(await send('PUT', `/boxes/${uid}/status`, { seen: 1, x: 1 })).toMatchObject({ code: 400 });
  });
});

describe('DELETE', () => {
  test('answers with the UID, and 404 when it is done again', async () => {
    const { uid } = await make();
    expect(await send('DELETE', `/boxes/${uid}`)).toMatchObject({
      code: 200,
      body: { message: 'Box deleted successfully', uid },
    });
    expect(await send('DELETE', `/boxes/${uid}`)).toMatchObject({ code: 404 });
  });

  test('says so when something has to go first, and queues it', async () => {
    const { uid } = await make();
    await store.update(Box, uid, () => ({ finalizers: ['levelset/cleanup'] }));
    queued.length = 0;
    expect(await send('DELETE', `/boxes/${uid}`)).toMatchObject({
      code: 200,
      body: { message: expect.stringContaining('is being deleted'), uid },
    });
    expect(queued).toEqual([`Box/${uid}`]);
  });

  test('heeds If-Match', async () => {
    const { uid } = await make();
    expect(await send('DELETE', `/boxes/${uid}`, undefined, { 'if-match': '"1"' })).toMatchObject({ code: 412 });
    expect(await store.find(Box, uid)).toBeDefined();
  });

  test('of something that has an owner brings the owner back', async () => {
    const { uid } = await make();
    const item = await store.create(Item, { name: 'i', spec: { number: 1 }, owner: await store.get(Box, uid) });
    queued.length = 0;
    await send('DELETE', `/items/${item.metadata.uid}`);
    expect(queued).toEqual([`Box/${uid}`]);
  });
});

describe('besides', () => {
  test('there are the specs of old', async () => {
    const { uid } = await make();
    await send('PATCH', `/boxes/${uid}`, { size: 2 });
    expect((await send('GET', `/boxes/${uid}/versions`)).body).toMatchObject([{ generation: 1, spec: { size: 1 } }]);
  });

  test('health, a 404 and a 405 are JSON', async () => {
    expect(await send('GET', '/health')).toMatchObject({ code: 200, body: { status: 'healthy', service: 'test' } });
    expect(await send('GET', '/nothing')).toMatchObject({ code: 404, body: { code: 404 } });
    const refused = await send('POST', '/boxes/box-00000001', {});
    expect(refused).toMatchObject({ code: 405, body: { code: 405 } });
    expect(refused.headers.get('allow')).toBe('GET, PUT, PATCH, DELETE');
  });

  test('the OpenAPI document has every route and refers to nothing that is not there', async () => {
    const { body } = await send('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toEqual([
      '/boxes',
      '/boxes/{uid}',
      '/boxes/{uid}/status',
      '/boxes/{uid}/versions',
      '/items',
      '/items/{uid}',
      '/items/{uid}/status',
      '/events',
      '/health',
    ]);
    expect(body.components.schemas.BoxRequest).toMatchObject({
      required: ['name', 'size'],
      properties: { size: { minimum: 1, maximum: 42 } },
    });
    for (const [, name] of JSON.stringify(body).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(body.components.schemas).toHaveProperty(name as string);
    }
    const ids = Object.values(body.paths as Record<string, Record<string, { operationId?: string }>>).flatMap((path) =>
      Object.values(path).flatMap(({ operationId }) => operationId ?? []),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('the docs page needs nothing from elsewhere', async () => {
    const { body, headers } = await send('GET', '/docs');
    expect(headers.get('content-type')).toContain('text/html');
    expect(body).toContain('POST /boxes');
    expect(body).toContain('<code>inner.color</code>');
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test('a store that is down is 503, and a bug is 500 without its details', async () => {
    const failing = (error: Error) => {
      const broken = new ResourceStore({
        ...store.context,
        documents: { ...store.context.documents, get: () => Promise.reject(error) },
      });
      const other = api({
        store: broken,
        service: 'test',
        subscriptions: [],
        enqueue: async () => {},
        journal: silentJournal,
      });
      return other.request('/boxes/box-00000001');
    };
    expect((await failing(new QueueError('unavailable', 'secret'))).status).toBe(503);
    const bug = await failing(new Error('secret'));
    expect(bug.status).toBe(500);
    expect(await bug.text()).not.toContain('secret');
  });
});

describe('POST /events', () => {
  const event = new CloudEvent({
    id: '1',
    source: 's',
    type: 'io.example.seen',
    subject: 'box-00000001',
    data: { a: 1 },
  });
  const asPush = () => {
    const { headers, body } = HTTP.binary(event);
    return {
      message: { attributes: headers, data: Buffer.from(body as string).toString('base64'), messageId: '1' },
      subscription: 's',
    };
  };

  test.for(['push', 'binary', 'structured'])('queues what subscriptions find in an event: %s', async (mode) => {
    const message = mode === 'structured' ? HTTP.structured(event) : HTTP.binary(event);
    const answer =
      mode === 'push'
        ? await send('POST', '/events', asPush(), { 'content-type': 'application/json' })
        : await send('POST', '/events', message.body, message.headers as Record<string, string>);
    expect(answer.code).toBe(204);
    expect(queued).toEqual(['Box/box-00000001']);
  });

  test('an event that leads nowhere is taken', async () => {
    const other = HTTP.binary(event.cloneWith({ type: 'io.other' }));
    expect(await send('POST', '/events', other.body, other.headers as Record<string, string>)).toMatchObject({
      code: 204,
    });
    expect(queued).toEqual([]);
  });

  test.for([
    ['{}'],
    ['{"message":{}}'],
    ['nonsense'],
    ['{"message":{"attributes":{"ce-specversion":"1.0","ce-id":"1"}}}'],
  ])('%s is 400', async ([body]) => {
    expect(await send('POST', '/events', body)).toMatchObject({ code: 400, body: { code: 400 } });
  });

  test('a queue that is down has the event sent again', async () => {
    queueDown = true;
    expect(await send('POST', '/events', asPush())).toMatchObject({ code: 503 });
  });
});
