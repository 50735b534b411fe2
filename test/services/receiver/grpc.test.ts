import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../../queue/ports/object-store.ts';
import { receiverHandlers } from '../../../services/receiver/grpc.ts';
import { workqueueService } from '../../../services/rpc/definition.ts';
import { type RpcServer, rpcServer } from '../../../services/rpc/server.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { brokenStore, receiving } from '../../support/receiver.ts';
import { requestWithKey, WireClient } from '../../support/wire-client.ts';

type Parts = ReturnType<typeof receiving>;

async function serve(store?: ObjectStore): Promise<Parts & { server: RpcServer; client: WireClient }> {
  const parts = receiving(store ? { store } : {});
  const handlers = receiverHandlers(parts.receiver, parts.journal);
  const server = rpcServer({ handlers, host: '127.0.0.1', port: 0, clock: systemClock });
  return { ...parts, server, client: new WireClient(await server.listen()) };
}

async function shut({ client, server }: { client: WireClient; server: RpcServer }) {
  client[Symbol.dispose]();
  await server.close(1_000);
}

const stateOf = (bytes: Buffer | undefined) =>
  workqueueService.GetKeyState.responseDeserialize(bytes ?? Buffer.alloc(0));

describe('a receiver', () => {
  let receiver: Awaited<ReturnType<typeof serve>>;
  beforeEach(async () => {
    receiver = await serve();
  });
  afterEach(() => shut(receiver));

  test('queues a key with its priority, delay and trace context', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const request = { key: 'a/ü', priority: 7, delaySeconds: 60 };
    expect(await receiver.client.process(request, { traceparent }).answer).toMatchObject({ code: status.OK });
    const object = await receiver.context.store.get('queued/a/ü');
    expect(object?.metadata).toMatchObject({ priority: '00000007', 'not-before': expect.anything(), traceparent });
  });

  test('drops trace context that is none', async () => {
    await receiver.client.process({ key: 'a' }, { traceparent: '00-zero-zero-01' }).answer;
    expect(await receiver.context.store.get('queued/a')).not.toHaveProperty('metadata.traceparent');
  });

  test('takes a key of 1000 bytes, and one with a replacement character in it', async () => {
    for (const key of ['k'.repeat(1000), 'a\ufffdb', '...', 'a/../b', ' ']) {
      expect(await receiver.client.process({ key }).answer).toMatchObject({ code: status.OK });
    }
  });

  test.each<[string, Buffer, string]>([
    ['an empty key', requestWithKey(Buffer.alloc(0)), 'key is empty'],
    ['a request with no key', Buffer.alloc(0), 'key is empty'],
    ['.', requestWithKey(Buffer.from('.')), 'key may not be "." or ".."'],
    ['..', requestWithKey(Buffer.from('..')), 'key may not be "." or ".."'],
    ['a newline', requestWithKey(Buffer.from('a\nb')), 'key has a control character'],
    ['a NUL', requestWithKey(Buffer.from('a\0b')), 'key has a control character'],
    ['a C1 control', requestWithKey(Buffer.from('a\u0085b')), 'key has a control character'],
    ['1001 bytes', requestWithKey(Buffer.alloc(1001, 'k')), 'key is longer than 1000 bytes'],
    ['334 characters of three bytes', requestWithKey(Buffer.from('€'.repeat(334))), 'key is longer than 1000 bytes'],
    ['a stray byte', requestWithKey(Buffer.from([0x61, 0xff])), 'key is not valid UTF-8'],
    ['a cut sequence', requestWithKey(Buffer.from([0x61, 0xe2, 0x82])), 'key is not valid UTF-8'],
    ['an overlong form', requestWithKey(Buffer.from([0xc0, 0xaf])), 'key is not valid UTF-8'],
    ['a surrogate', requestWithKey(Buffer.from([0xed, 0xa0, 0x80])), 'key is not valid UTF-8'],
  ])('refuses %s, at both doors', async (_name, bytes, rule) => {
    for (const method of ['Process', 'GetKeyState'] as const) {
      const answer = await receiver.client.call(method, bytes).answer;
      expect(answer).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining(rule) });
    }
    expect(receiver.journal.events).toEqual(['call.refused', 'call.refused']);
    expect((await receiver.context.store.list({})).objects).toEqual([]);
  });

  const MIN = '-9223372036854775808';
  const MAX = '9223372036854775807';
  test.each([
    ...['-1', '100000000', MIN, MAX].map((priority) => [
      { priority },
      'priority must be a whole number from 0 to 99999999',
    ]),
    ...['-1', '31536001', MIN, MAX].map((delaySeconds) => [
      { delaySeconds },
      'delay_seconds must be a whole number from 0 to 31536000',
    ]),
  ] as [object, string][])('refuses %j', async (fields, rule) => {
    const bytes = workqueueService.Process.requestSerialize({ key: 'a', ...fields });
    const answer = await receiver.client.call('Process', bytes).answer;
    expect(answer).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining(rule) });
    // The number as it was sent, not as a rounded one.
    expect(answer.details).toContain(Object.values(fields)[0]);
  });

  test('takes the largest priority and the longest delay', async () => {
    const request = { key: 'a', priority: 99_999_999, delaySeconds: 31_536_000 };
    expect(await receiver.client.process(request).answer).toMatchObject({ code: status.OK });
  });

  test('shows where a key is', async () => {
    await receiver.client.process({ key: 'a', priority: 7, delaySeconds: 60 }).answer;
    const answer = await receiver.client.call('GetKeyState', requestWithKey(Buffer.from('a'))).answer;
    const state = stateOf(answer.bytes);
    expect(state).toMatchObject({ key: 'a', status: 'QUEUED', priority: '7', attempts: 0 });
    const waitSeconds = Number(state.notBeforeTime) - Number(state.queuedTime);
    expect(waitSeconds).toBeGreaterThanOrEqual(60);
    expect(waitSeconds).toBeLessThanOrEqual(62);
  });

  test('knows no key that is nowhere', async () => {
    const answer = await receiver.client.call('GetKeyState', requestWithKey(Buffer.from('a'))).answer;
    expect(answer).toMatchObject({ code: status.NOT_FOUND, details: 'key is nowhere in the queue: key="a"' });
  });
});

describe('a receiver whose bucket is down', () => {
  test('is UNAVAILABLE, never NOT_FOUND, and says nothing of its insides', async () => {
    const receiver = await serve(brokenStore);
    for (const method of ['Process', 'GetKeyState'] as const) {
      const answer = await receiver.client.call(method, requestWithKey(Buffer.from('a'))).answer;
      expect(answer).toMatchObject({ code: status.UNAVAILABLE, details: 'the bucket did not answer' });
    }
    await shut(receiver);
  });

  test('a bug is INTERNAL, with no word of what it was', async () => {
    const bug = () => Promise.reject(new TypeError('secret is undefined'));
    const receiver = await serve({ ...brokenStore, put: bug, get: bug });
    const answer = await receiver.client.process({ key: 'a' }).answer;
    expect(answer.code).toBe(status.INTERNAL);
    expect(answer.details).not.toContain('secret');
    expect(receiver.journal.events).toEqual(['internal.error']);
    await shut(receiver);
  });
});
