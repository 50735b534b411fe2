import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { silentJournal } from '../../../catalogue/events.ts';
import { kinds as rackKinds } from '../../../examples/rack/kinds.ts';
import { kindSet } from '../../../resources/core/kind.ts';
import { api } from '../../../services/api/app.ts';
import { openApi } from '../../../services/api/openapi.ts';
import { Box, Item } from '../../resources/support/kinds.ts';
import { memoryStore } from '../../resources/support/memory-store.ts';

/** What OpenAPI 3.1 says of the parts that are used here. Strict: a field of another name is a mistake. */
const schema = z.record(z.string(), z.unknown());
const content = z.record(z.string().regex(/^[a-z]+\/[a-z+.-]+$/), z.strictObject({ schema }));
const parameter = z
  .strictObject({
    name: z.string().min(1),
    in: z.enum(['query', 'path', 'header']),
    description: z.string().optional(),
    required: z.boolean().optional(),
    schema,
  })
  .refine((given) => given.in !== 'path' || given.required === true, 'a parameter of a path is required');
const operation = z.strictObject({
  operationId: z.string().regex(/^[A-Za-z]+$/),
  tags: z.array(z.string()).optional(),
  summary: z.string(),
  description: z.string().optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z
    .record(
      z.string().regex(/^[1-5]\d\d$/),
      z.strictObject({ description: z.string().min(1), content: content.optional() }),
    )
    .refine((answers) => Object.keys(answers).some((code) => code.startsWith('2')), 'one answer is a success'),
});
const methods = z.enum(['get', 'put', 'post', 'delete', 'patch']);
const document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string().optional() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  paths: z.record(
    z.string().startsWith('/'),
    z.object({ parameters: z.array(parameter).optional() }).catchall(operation),
  ),
  components: z.strictObject({ schemas: z.record(z.string().regex(/^[\w.-]+$/), schema) }),
});
type Document = z.infer<typeof document>;

/** A schema with all that it refers to in its place. Throws where that is not there. */
function whole(value: unknown, schemas: Document['components']['schemas']): any {
  if (Array.isArray(value)) return value.map((each) => whole(each, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref: reference } = value as { $ref?: string };
  if (reference === undefined)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, whole(each, schemas)]));
  const [, name = ''] = /^#\/components\/schemas\/([\w.-]+)$/.exec(reference) ?? [];
  if (!Object.hasOwn(schemas, name)) throw new Error(`refers to what is not there: ${reference}`);
  return whole(schemas[name], schemas);
}

describe.each([
  ['of the tests', [Box, Item]],
  ['of the rack', rackKinds],
])('the document of the kinds %s', (_name, kinds) => {
  const given = openApi(kindSet(kinds)) as unknown;

  test('is OpenAPI 3.1', () => {
    expect(document.safeParse(given).error?.issues ?? []).toEqual([]);
    const { paths, components } = document.parse(given);
    for (const [path, { parameters = [], ...operations }] of Object.entries(paths)) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        parameters.filter((each) => each.in === 'path').map(({ name }) => name),
        path,
      ).toEqual(wanted);
      for (const method of Object.keys(operations)) methods.parse(method);
    }
    for (const each of Object.values(components.schemas)) z.fromJSONSchema(whole(each, components.schemas));
  });
});

describe('what the document says', () => {
  let app: ReturnType<typeof api>;
  let said: Document;
  let opened: ReturnType<typeof memoryStore>;

  beforeEach(async () => {
    opened = memoryStore([Box, Item]);
    const options = { store: opened.store, service: 'test', subscriptions: [], enqueue: async () => {} };
    app = api({ ...options, journal: silentJournal });
    said = document.parse(await (await app.request('/openapi.json')).json());
  });

  /** Sends a request, and checks the answer against what the document says of it. */
  async function send(method: string, path: string, url: string, body?: unknown, headers: Record<string, string> = {}) {
    const { responses, requestBody } = said.paths[path]?.[method] as z.infer<typeof operation>;
    const [type = ''] = Object.keys(requestBody?.content ?? {});
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': type, ...headers } };
    const answer = await app.request(url, { method: method.toUpperCase(), headers, ...sent });
    const answered = responses[String(answer.status)];
    expect(Object.keys(responses), `${method} ${path}`).toContain(String(answer.status));
    const text = await answer.text();
    const expected = answered?.content?.['application/json']?.schema;
    if (expected) z.fromJSONSchema(whole(expected, said.components.schemas)).parse(JSON.parse(text));
    const wanted = requestBody?.content[type]?.schema;
    const valid =
      wanted === undefined || z.fromJSONSchema(whole(wanted, said.components.schemas)).safeParse(body).success;
    return { code: answer.status, body: text === '' ? undefined : JSON.parse(text), valid };
  }

  test('is what is answered, and every operation was asked', async () => {
    const asked = new Set<string>();
    const ask = (...[method, path, ...rest]: Parameters<typeof send>) => {
      asked.add(`${method} ${path}`);
      return send(method, path, ...rest);
    };
    for (const [kind, first, second, bad, status] of [
      ['boxes', { size: 1, inner: { color: 'red' } }, { size: 2 }, { size: 99 }, { seen: 3 }],
      ['items', { number: 1 }, { number: 2 }, { number: -1 }, {}],
    ] as const) {
      const [all, one, statusOf] = [`/${kind}`, `/${kind}/{uid}`, `/${kind}/{uid}/status`];
      const made = await ask('post', all, all, { name: 'a', labels: { b: 'c' }, ...first });
      expect(made).toMatchObject({ code: 201, valid: true });
      expect(await ask('post', all, all, { name: 'a', ...bad })).toMatchObject({ code: 400, valid: false });
      expect(await ask('post', all, all, first)).toMatchObject({ code: 400, valid: false });
      expect(await ask('post', all, all, { name: '', ...first })).toMatchObject({ code: 400, valid: false });
      const url = `${all}/${made.body.metadata.uid}`;
      const nobody = `${all}/${made.body.metadata.uid.replace(/-.*/, '-ffffffff')}`;
      const stale = { 'if-match': '"1"' };
      expect(await ask('get', all, `${all}?limit=1`)).toMatchObject({ code: 200 });
      expect(await ask('get', all, `${all}?limit=x`)).toMatchObject({ code: 400 });
      expect(await ask('get', one, url)).toMatchObject({ code: 200 });
      expect(await ask('get', one, nobody)).toMatchObject({ code: 404 });
      expect(await ask('put', one, url, { name: 'a', ...second })).toMatchObject({ code: 200, valid: true });
      expect(await ask('put', one, url, first)).toMatchObject({
        code: 200,
        valid: true,
        body: { metadata: { name: 'a' } },
      });
      expect(await ask('put', one, url, { name: '', ...second })).toMatchObject({ code: 200, valid: true });
      expect(await ask('put', one, url, { name: 'a', ...bad })).toMatchObject({ code: 400, valid: false });
      expect(await ask('put', one, url, { name: 'a', ...second }, stale)).toMatchObject({ code: 412 });
      expect(await ask('patch', one, url, first)).toMatchObject({ code: 200 });
      expect(await ask('patch', one, url, bad)).toMatchObject({ code: 422 });
      expect(await ask('patch', one, url, {}, { 'content-type': 'text/plain' })).toMatchObject({ code: 415 });
      expect(await ask('put', statusOf, `${url}/status`, status)).toMatchObject({ code: 200, valid: true });
      expect(await ask('put', statusOf, `${url}/status`, { typo: 1 })).toMatchObject({ code: 400, valid: false });
      expect(await ask('patch', statusOf, `${url}/status`, status)).toMatchObject({ code: 200 });
      if (kind === 'boxes') {
        expect(await ask('get', '/boxes/{uid}/versions', `${url}/versions`)).toMatchObject({ code: 200 });
      }
      const nonsense = { 'if-match': 'nonsense' };
      expect(await ask('patch', one, url, {}, nonsense)).toMatchObject({ code: 400 });
      expect(await ask('patch', statusOf, `${url}/status`, {}, nonsense)).toMatchObject({ code: 400 });
      expect(await ask('delete', one, url, undefined, nonsense)).toMatchObject({ code: 400 });
      expect(await ask('delete', one, url, undefined, stale)).toMatchObject({ code: 412 });
      expect(await ask('delete', one, url)).toMatchObject({ code: 200 });
      expect(await ask('delete', one, url)).toMatchObject({ code: 404 });
    }
    expect(await ask('get', '/health', '/health')).toMatchObject({ code: 200 });
    expect(await ask('post', '/events', '/events', {})).toMatchObject({ code: 400 });

    const documented = Object.entries(said.paths).flatMap(([path, { parameters: _uid, ...operations }]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect([...asked].sort()).toEqual(documented.sort());
  });

  test('of methods is all that there are: any other is 405, and Allow names those', async () => {
    const { metadata } = await opened.store.create(Box, { name: 'a', spec: { size: 1 } });
    const item = await opened.store.create(Item, { name: 'a', spec: { number: 1 } });
    for (const [path, { parameters: _uid, ...operations }] of Object.entries(said.paths)) {
      const url = path.replace('{uid}', path.startsWith('/boxes') ? metadata.uid : item.metadata.uid);
      const documented = Object.keys(operations).map((method) => method.toUpperCase());
      for (const method of methods.options.map((each) => each.toUpperCase())) {
        if (documented.includes(method)) continue;
        const answer = await app.request(url, { method, ...(method !== 'GET' && { body: '{}' }) });
        expect(answer.status, `${method} ${url}`).toBe(405);
        expect(answer.headers.get('allow')?.split(', ').sort(), url).toEqual(documented.sort());
        expect(await answer.json()).toMatchObject({ code: 405 });
      }
      for (const { responses } of Object.values(operations)) expect(Object.keys(responses), path).toContain('405');
    }
  });

  test('of bodies has an end: a longer one is 413 wherever there may be one', async () => {
    const { metadata } = await opened.store.create(Box, { name: 'a', spec: { size: 1 } });
    const item = await opened.store.create(Item, { name: 'a', spec: { number: 1 } });
    const long = { note: 'x'.repeat(1024 * 1024) };
    for (const [path, { parameters: _uid, ...operations }] of Object.entries(said.paths)) {
      const url = path.replace('{uid}', path.startsWith('/boxes') ? metadata.uid : item.metadata.uid);
      for (const [method, { requestBody }] of Object.entries(operations)) {
        if (requestBody) expect(await send(method, path, url, long), `${method} ${path}`).toMatchObject({ code: 413 });
      }
    }
  });

  test('also goes for a resource that has an owner, finalizers and a condition, and is being deleted', async () => {
    const { store } = opened;
    const owner = await store.create(Box, { name: 'owner', spec: { size: 1 } });
    const { metadata } = await store.create(Item, { name: 'i', spec: { number: 1 }, owner, finalizers: ['mine'] });
    const condition = { type: 'Ready', status: 'True', reason: 'Up', lastTransitionTime: '2026-01-01T00:00:00.000Z' };
    await store.updateStatus(Item, metadata.uid, () => ({ observedGeneration: 1, conditions: [condition] }));
    await store.delete(Item, metadata.uid);
    const { body } = await send('get', '/items/{uid}', `/items/${metadata.uid}`);
    expect(body.metadata).toMatchObject({ deletionTimestamp: expect.any(String), finalizers: ['mine'] });
  });
});
