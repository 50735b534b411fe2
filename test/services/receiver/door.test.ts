import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Door } from '../../../services/receiver/door.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { brokenStore, receiving } from '../../support/receiver.ts';

const BINARY = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test.changed' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
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

async function open(store = receiving().context.store) {
  const parts = receiving({ store });
  const door = new Door({
    receiver: parts.receiver,
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
    ['a list', STRUCTURED, '[]', 'body is not a JSON object'],
    ['a subject that is no string', STRUCTURED, subject(7), 'subject is not a string'],
    ['a subject that is no key', STRUCTURED, subject('a\nb'), 'subject: key has a control character'],
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

  test('refuses what is not a CloudEvent, batches too', async () => {
    expect((await post(setup.port, { 'content-type': 'application/json' }, '{}')).code).toBe(415);
    expect((await post(setup.port, { 'content-type': 'application/cloudevents-batch+json' }, '[]')).code).toBe(415);
    expect((await post(setup.port, {})).code).toBe(415);
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
