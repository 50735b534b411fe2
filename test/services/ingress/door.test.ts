import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Door } from '../../../services/ingress/door.ts';
import { DEFAULT_RULES, ingressRules } from '../../../services/ingress/rules.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { brokenStore, receiving } from '../../support/receiver.ts';

const BINARY = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test.changed' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const EVENT = { specversion: '1.0', id: '1', source: '/test', type: 'test.changed' };

interface HttpAnswer {
  code: number | undefined;
  text: string;
  headers: IncomingHttpHeaders;
}

async function post(
  port: number,
  headers: Record<string, string>,
  body: string | Buffer = '',
  rest: RequestOptions = {},
) {
  const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent: false, headers, ...rest });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { code: response.statusCode, text, headers: response.headers } satisfies HttpAnswer;
}

async function open(store = receiving().context.store, rules: object = DEFAULT_RULES) {
  const parts = receiving({ store });
  const door = new Door({
    receiver: parts.receiver,
    rules: ingressRules.parse(rules),
    journal: parts.journal,
    clock: systemClock,
    host: '127.0.0.1',
    port: 0,
  });
  return { ...parts, door, port: await door.listen() };
}

describe('the HTTP door', () => {
  let setup: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => {
    setup = await open();
  });
  afterEach(() => setup.door.close(1_000));

  const keys = async () => (await setup.context.store.list({ prefix: 'queued/' })).objects.map(({ name }) => name);

  test('queues the subject of an event in binary mode', async () => {
    expect((await post(setup.port, { ...BINARY, 'ce-subject': 'a/b' }, 'any data')).code).toBe(202);
    expect(await keys()).toEqual(['queued/a/b']);
  });

  test('decodes percent-encoded headers, as the binding says', async () => {
    await post(setup.port, { ...BINARY, 'ce-subject': 'a%C3%BC%20%E2%82%AC' });
    expect(await keys()).toEqual(['queued/aü €']);
  });

  test('queues the subject of an event in structured mode', async () => {
    const body = JSON.stringify({ ...EVENT, subject: 'a/ü', data: { any: 'data' } });
    expect((await post(setup.port, STRUCTURED, body)).code).toBe(202);
    expect(await keys()).toEqual(['queued/a/ü']);
  });

  test('keeps the trace context of the event', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await post(setup.port, { ...BINARY, 'ce-subject': 'a', traceparent });
    await post(setup.port, STRUCTURED, JSON.stringify({ ...EVENT, subject: 'b', traceparent }));
    for (const name of ['queued/a', 'queued/b']) {
      expect((await setup.context.store.get(name))?.metadata['traceparent']).toBe(traceparent);
    }
  });

  test.each<[string, Record<string, string>, string]>([
    ['binary without a subject', BINARY, ''],
    ['binary with an empty one', { ...BINARY, 'ce-subject': '' }, ''],
    ['structured without a subject', STRUCTURED, JSON.stringify(EVENT)],
    ['structured with null', STRUCTURED, JSON.stringify({ ...EVENT, subject: null })],
  ])('an event that names no key is taken and ignored: %s', async (_name, headers, body) => {
    expect(await post(setup.port, headers, body)).toMatchObject({ code: 204, text: '' });
    expect(setup.journal.events).toEqual(['ingress.ignored']);
  });

  const subject = (value: unknown) => JSON.stringify({ ...EVENT, subject: value });
  test.each<[string, Record<string, string>, string | Buffer, string]>([
    ['another version', { ...BINARY, 'ce-specversion': '0.3', 'ce-subject': 'a' }, '', 'specversion must be "1.0"'],
    ['no id', { 'ce-specversion': '1.0', 'ce-source': '/', 'ce-type': 't' }, '', 'id, source and type are required'],
    [
      'bad percent-encoding',
      { ...BINARY, 'ce-subject': 'a%ff' },
      '',
      'header is not percent-encoded UTF-8: header=ce-subject',
    ],
    ['raw bytes in a header', { ...BINARY, 'ce-subject': 'a\u00fc' }, '', 'header is not percent-encoded'],
    ['no JSON', STRUCTURED, '{', 'body is not JSON in UTF-8'],
    ['bytes that are not UTF-8', STRUCTURED, Buffer.from('{"a":"\xff"}', 'latin1'), 'body is not JSON in UTF-8'],
    ['a list', STRUCTURED, '[]', 'event is not a JSON object'],
    ['a subject that is no string', STRUCTURED, subject(7), 'event is not a CloudEvent: subject must be string,null'],
    ['a subject that is no key', STRUCTURED, subject('a\nb'), 'key has a control character'],
    [
      'a lone surrogate',
      STRUCTURED,
      '{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"\\ud800"}',
      'not valid UTF-8',
    ],
  ])('refuses %s with 400 and the rule', async (_name, headers, body, rule) => {
    const answer = await post(setup.port, headers, body);
    expect(answer).toMatchObject({ code: 400, text: expect.stringContaining(rule) });
    expect(setup.journal.events).toEqual(['ingress.invalid']);
  });

  test.each<[string, Record<string, string>, string, string]>([
    ['nothing at all', {}, '', 'body is not JSON in UTF-8'],
    ['JSON that is no envelope', { 'content-type': 'application/json' }, '{}', 'neither a CloudEvent nor a push'],
    ['another format', { 'content-type': 'application/cloudevents+avro' }, 'x', 'format of the event is not supported'],
    ['no source that is a URI', { ...BINARY, 'ce-source': 'a b' }, '', 'source must match format "uri-reference"'],
    ['an attribute name in capitals', STRUCTURED, JSON.stringify({ ...EVENT, myExt: 'a' }), 'invalid extension name'],
    [
      'data that is no base64',
      {},
      '{"message":{"messageId":"1","data":"%"}}',
      'message.data is not a string in base64',
    ],
    ['an attribute that is no text', {}, '{"message":{"messageId":"1","attributes":{"a":1}}}', 'object of strings'],
    ['a message without an id', {}, '{"message":{"data":""}}', 'message has no messageId'],
    ['a batch that is no list', BATCH, '{}', 'batch is not a JSON list'],
    ['a batch with one bad event', BATCH, JSON.stringify([{ ...EVENT, subject: 'a' }, 7]), 'event 1 of the batch'],
  ])('refuses with 400: %s', async (_name, headers, body, rule) => {
    const answer = await post(setup.port, headers, body);
    expect(answer).toMatchObject({ code: 400, text: expect.stringContaining(rule) });
    expect(await keys()).toEqual([]);
  });

  test('takes a batch whole, or not at all', async () => {
    const batch = Array.from({ length: 40 }, (_, index) => ({ ...EVENT, id: `${index}`, subject: `key-${index}` }));
    expect((await post(setup.port, BATCH, JSON.stringify([...batch, EVENT]))).code).toBe(202);
    expect((await keys()).length).toBe(40);
    expect(setup.journal.events.filter((event) => event === 'ingress.ignored').length).toBe(1);

    const bad = JSON.stringify([
      { ...EVENT, subject: 'good' },
      { ...EVENT, subject: '..' },
    ]);
    expect((await post(setup.port, BATCH, bad)).code).toBe(400);
    expect(await keys()).not.toContain('queued/good');
    const many = JSON.stringify(Array.from({ length: 1001 }, () => EVENT));
    expect((await post(setup.port, BATCH, many)).text).toContain('more than 1000 events');
  });

  test('refuses other methods and paths', async () => {
    expect(await post(setup.port, {}, '', { method: 'GET' })).toMatchObject({ code: 405, headers: { allow: 'POST' } });
    expect((await post(setup.port, BINARY, '', { path: '/other' })).code).toBe(404);
  });

  test('refuses a body of more than 1 MiB, announced or not', async () => {
    const big = Buffer.alloc(1024 * 1024 + 1, ' ');
    const announced = await post(setup.port, { ...STRUCTURED, 'content-length': String(big.length) }, big);
    expect(announced).toMatchObject({ code: 413, headers: { connection: 'close' } });
    expect((await post(setup.port, { ...STRUCTURED, 'transfer-encoding': 'chunked' }, big)).code).toBe(413);
    const largest = Buffer.concat([Buffer.from(subject('a')), big]).subarray(0, 1024 * 1024);
    expect((await post(setup.port, STRUCTURED, largest)).code).toBe(202);
  });

  test('outlives a sender that goes away in the middle of a body', async () => {
    const socket = connect(setup.port, '127.0.0.1');
    await once(socket, 'connect');
    const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${STRUCTURED['content-type']}\r\ncontent-length: 99\r\n\r\n{`;
    await new Promise<void>((resolve) => socket.write(head, () => resolve()));
    socket.destroy();
    expect((await post(setup.port, { ...BINARY, 'ce-subject': 'a' })).code).toBe(202);
    expect(setup.journal.events).toEqual(['key.queued']);
  });
});

test('with the bucket down, the sender is asked to come again', async () => {
  const { door, port } = await open(brokenStore);
  const answer = await post(port, { ...BINARY, 'ce-subject': 'a' });
  expect(answer).toMatchObject({ code: 503, text: 'the bucket did not answer\n' });
  await door.close(1_000);
});

test('a batch that the bucket takes only in part is to be sent again', async () => {
  const { door, port } = await open(brokenStore);
  const answer = await post(
    port,
    BATCH,
    JSON.stringify([
      { ...EVENT, subject: 'a' },
      { ...EVENT, subject: 'b' },
    ]),
  );
  expect(answer.code).toBe(503);
  await door.close(1_000);
});

test('each rule gives its priority and its delay', async () => {
  const rules = [
    { name: 'urgent', match: { type: { equals: 'now' } }, key: { from: 'subject' }, priority: 10 },
    { name: 'rest', match: { type: { prefix: 'test.' } }, key: { template: 'late/{subject}' }, delaySeconds: 60 },
  ];
  const { door, port, context, journal } = await open(undefined, { rules });
  await post(port, { ...BINARY, 'ce-type': 'now', 'ce-subject': 'a' });
  await post(port, { ...BINARY, 'ce-subject': 'b' });
  expect((await post(port, { ...BINARY, 'ce-type': 'other', 'ce-subject': 'c' })).code).toBe(204);
  expect((await context.store.get('queued/a'))?.metadata).toMatchObject({ priority: '00000010' });
  expect((await context.store.get('queued/late/b'))?.metadata['not-before']).toMatch(/^20/);
  expect(journal.entries.at(-1)).toMatchObject({
    event: 'ingress.ignored',
    fields: { type: 'other', why: 'no match' },
  });
  await door.close(1_000);
});
