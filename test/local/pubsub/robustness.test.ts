import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Client, credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { PubsubEvent } from '../../../local/pubsub/observe.ts';
import { loadServices } from '../../../local/pubsub/protos.ts';
import { type PubsubEmulator, startPubsubEmulator } from '../../../local/pubsub/server.ts';
import type { WireReceivedMessage, WireSubscription } from '../../../local/pubsub/wire.ts';
import { systemClock, systemRandom } from '../../../services/runtime/clock.ts';
import { startPushEndpoint } from './push-endpoint.ts';

const TOPIC = 'projects/p/topics/top';
const SUBSCRIPTION = 'projects/p/subscriptions/sub';
const services = loadServices();
const Raw = makeGenericClientConstructor({ ...services.publisher, ...services.subscriber }, 'Pubsub');

let emulator: PubsubEmulator;
let client: Client;
let events: PubsubEvent[];
let nextEvent: PromiseWithResolvers<PubsubEvent>;

beforeEach(async () => {
  events = [];
  nextEvent = Promise.withResolvers();
  const log = (event: PubsubEvent) => {
    events.push(event);
    nextEvent.resolve(event);
  };
  emulator = await startPubsubEmulator({ port: 0, clock: systemClock, random: systemRandom, log });
  client = new Raw(`127.0.0.1:${emulator.port}`, credentials.createInsecure());
  await call('CreateTopic', { name: TOPIC });
});

afterEach(async () => {
  client.close();
  await emulator.close();
});

/** Calls without the official client, which would not send what is malformed. */
function call<Response = unknown>(method: string, request: object): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const definition = services.publisher[method] ?? services.subscriber[method];
  if (definition === undefined) throw new Error(`no such method: ${method}`);
  client.makeUnaryRequest(
    definition.path,
    definition.requestSerialize,
    (bytes): Response => definition.responseDeserialize(bytes),
    request,
    (error, response) => (response === undefined ? reject(error ?? new Error('no response')) : resolve(response)),
  );
  return promise;
}

function openStream(first: object) {
  const definition = services.subscriber['StreamingPull'];
  if (definition === undefined) throw new Error('no StreamingPull');
  const stream = client.makeBidiStreamRequest(
    definition.path,
    definition.requestSerialize,
    (bytes): { receivedMessages: WireReceivedMessage[] } => definition.responseDeserialize(bytes),
  );
  const ended = once(stream, 'error').then(([error]: ServiceError[]) => error);
  stream.write(first);
  return { stream, ended };
}

/** A stream on bare HTTP/2, because the gRPC client reads ahead: nothing of what the server sends is taken. */
async function openUnreadStream() {
  const session = connectHttp2(`http://127.0.0.1:${emulator.port}`);
  const request = session.request({
    ':method': 'POST',
    ':path': '/google.pubsub.v1.Subscriber/StreamingPull',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const message = services.subscriber['StreamingPull']?.requestSerialize(opening) ?? Buffer.alloc(0);
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, 5);
  request.write(frame);
  request.write(Buffer.alloc(5));
  // The empty request is answered: the stream is open on the other side.
  await once(request, 'response');
  request.pause();
  for (const ending of [session, request]) ending.on('error', () => {});
  return session;
}

function subscribe(options: Partial<WireSubscription> = {}): Promise<unknown> {
  return call('CreateSubscription', { name: SUBSCRIPTION, topic: TOPIC, ...options });
}

function publish(count: number, data = 'x'): Promise<unknown> {
  return call('Publish', {
    topic: TOPIC,
    messages: Array.from({ length: count }, () => ({ data: Buffer.from(data) })),
  });
}

const opening = { subscription: SUBSCRIPTION, streamAckDeadlineSeconds: 10, protocolVersion: 1 };

describe('an open stream', () => {
  test('is ended by close, which does not wait for it', async () => {
    await subscribe();
    const streams = [openStream(opening), openStream(opening)];
    await publish(1);
    await Promise.race(streams.map(({ stream }) => once(stream, 'data')));
    const pull = call('Pull', { subscription: SUBSCRIPTION, maxMessages: 1 }).catch((error: ServiceError) => error);
    await emulator.close();
    await Promise.all(streams.map(({ ended }) => ended));
    await pull;
    await expect(once(connect(emulator.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  test('cannot hold up close by leaving things unread', async () => {
    await subscribe();
    const reader = await openUnreadStream();
    await publish(8, 'x'.repeat(1_000_000));
    await expect(emulator.close()).resolves.toBeUndefined();
    reader.destroy();
  });

  test('answers an empty request, so that the client knows it is alive', async () => {
    await subscribe();
    const { stream, ended } = openStream(opening);
    stream.write({});
    const [response]: { receivedMessages: unknown[] }[] = await once(stream, 'data');
    expect(response?.receivedMessages).toEqual([]);
    stream.cancel();
    await ended;
  });

  test('ends with its subscription', async () => {
    await subscribe();
    const { ended } = openStream(opening);
    await publish(1);
    await call('DeleteSubscription', { subscription: SUBSCRIPTION });
    expect((await ended)?.code).toBe(5);
  });

  test('ends when its subscription begins to push', async () => {
    await subscribe();
    const { stream, ended } = openStream(opening);
    await publish(1);
    await once(stream, 'data');
    await call('ModifyPushConfig', { subscription: SUBSCRIPTION, pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' } });
    expect((await ended)?.code).toBe(9);
  });

  test('that is not read is not written to, and others get its messages', async () => {
    await subscribe();
    const reader = await openUnreadStream();
    for (let n = 0; n < 5; n++) await publish(8, 'x'.repeat(1_000_000));
    const pull = { subscription: SUBSCRIPTION, maxMessages: 1 };
    for (let n = 0; n < 36; n++) expect(await call('Pull', pull)).toMatchObject({ receivedMessages: [{}] });
    reader.destroy();
  });

  test.each([{ maxOutstandingMessages: 1 }, { maxOutstandingBytes: 1 }])('takes no more than %j', async (limit) => {
    await subscribe();
    const { stream, ended } = openStream({ ...opening, ...limit });
    await publish(2);
    await once(stream, 'data');
    const pull = { subscription: SUBSCRIPTION, maxMessages: 10, returnImmediately: true };
    const answer = await call<{ receivedMessages: unknown[] }>('Pull', pull);
    expect(answer.receivedMessages).toHaveLength(1);
    stream.cancel();
    await ended;
  });

  test('acknowledges and nacks over the stream', async () => {
    await subscribe();
    const { stream, ended } = openStream({ ...opening, maxOutstandingMessages: 1 });
    await publish(2, 'x');
    const [first]: { receivedMessages: WireReceivedMessage[] }[] = await once(stream, 'data');
    expect(first?.receivedMessages).toHaveLength(1);
    stream.write({ ackIds: [first?.receivedMessages[0]?.ackId] });
    const [second]: { receivedMessages: WireReceivedMessage[] }[] = await once(stream, 'data');
    const held = second?.receivedMessages[0];
    stream.write({ modifyDeadlineAckIds: [held?.ackId], modifyDeadlineSeconds: [0] });
    const [third]: { receivedMessages: WireReceivedMessage[] }[] = await once(stream, 'data');
    expect(third?.receivedMessages[0]?.message.messageId).toBe(held?.message.messageId);
    stream.cancel();
    await ended;
  });

  test.each<[string, object[], number]>([
    ['an unknown subscription', [{ ...opening, subscription: 'projects/p/subscriptions/none' }], 5],
    ['no subscription', [{ streamAckDeadlineSeconds: 10 }], 5],
    ['a deadline of 9 s', [{ ...opening, streamAckDeadlineSeconds: 9 }], 3],
    ['a second opening', [opening, opening], 3],
    ['a malformed ack id', [opening, { ackIds: ['?'] }], 3],
    ['lists that differ in length', [opening, { modifyDeadlineAckIds: ['x:1'], modifyDeadlineSeconds: [] }], 3],
    ['a negative deadline', [opening, { modifyDeadlineAckIds: ['x:1'], modifyDeadlineSeconds: [-1] }], 3],
  ])('is refused for %s', async (_, requests, code) => {
    await subscribe();
    const { stream, ended } = openStream(requests[0] ?? {});
    for (const request of requests.slice(1)) stream.write(request);
    expect((await ended)?.code).toBe(code);
    await publish(1);
  });
});

describe('the server', () => {
  test('survives bytes that are no message, and bytes that are no HTTP/2', async () => {
    const noMessage = new Promise<ServiceError | null>((resolve) => {
      client.makeUnaryRequest(
        '/google.pubsub.v1.Publisher/Publish',
        () => Buffer.from([0xff, 0xff, 0xff]),
        (bytes) => bytes,
        null,
        resolve,
      );
    });
    expect(await noMessage).not.toBeNull();
    const socket = connect(emulator.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end('GET / HTTP/1.1\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    await publish(1);
  });

  test('refuses what it does not emulate', async () => {
    await expect(subscribe({ enableExactlyOnceDelivery: true })).rejects.toMatchObject({ code: 12 });
    await expect(call('Seek', { subscription: SUBSCRIPTION })).rejects.toMatchObject({ code: 12 });
  });

  test('refuses a publish of more than 1000 messages, more than 10 MB, or nothing', async () => {
    await expect(publish(1001)).rejects.toMatchObject({ code: 3 });
    await expect(publish(1, 'x'.repeat(10_000_001))).rejects.toMatchObject({ code: 3 });
    await expect(publish(0)).rejects.toMatchObject({ code: 3 });
    await publish(1, 'x'.repeat(10_000_000));
  });

  test('updates what the mask names and nothing else', async () => {
    await subscribe({ labels: { a: '1' } });
    const subscription = { name: SUBSCRIPTION, ackDeadlineSeconds: 60, labels: { a: '2' } };
    const updated = await call('UpdateSubscription', {
      subscription,
      updateMask: { paths: ['ack_deadline_seconds'] },
    });
    expect(updated).toMatchObject({ topic: TOPIC, ackDeadlineSeconds: 60, labels: { a: '1' } });
    const tooLong = { ...subscription, ackDeadlineSeconds: 601 };
    const refused = call('UpdateSubscription', {
      subscription: tooLong,
      updateMask: { paths: ['ack_deadline_seconds'] },
    });
    await expect(refused).rejects.toMatchObject({ code: 3 });
    expect(await call('GetSubscription', { subscription: SUBSCRIPTION })).toMatchObject({ ackDeadlineSeconds: 60 });
    const topic = await call('UpdateTopic', {
      topic: { name: TOPIC, labels: { b: '1' } },
      updateMask: { paths: ['labels'] },
    });
    expect(topic).toMatchObject({ name: TOPIC, labels: { b: '1' } });
  });

  test('does not let a topic that comes again reach the subscriptions of the one before', async () => {
    await subscribe();
    await call('DeleteTopic', { topic: TOPIC });
    await call('CreateTopic', { name: TOPIC });
    await publish(1);
    const pull = { subscription: SUBSCRIPTION, maxMessages: 1, returnImmediately: true };
    expect(await call('Pull', pull)).toMatchObject({ receivedMessages: [] });
  });

  test('hands out no message to a pull that was cancelled', async () => {
    await subscribe();
    const definition = services.subscriber['Pull'];
    if (definition === undefined) throw new Error('no Pull');
    const serialize = definition.requestSerialize;
    const pull = { subscription: SUBSCRIPTION, maxMessages: 1 };
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    const open = client.makeUnaryRequest(
      definition.path,
      serialize,
      (bytes) => bytes,
      pull,
      () => resolve(),
    );
    // Frames of one connection arrive in order: what is answered tells that what went before has been seen.
    await call('GetTopic', { topic: TOPIC });
    open.cancel();
    await cancelled;
    await call('GetTopic', { topic: TOPIC });
    await publish(1);
    const answer = await call('Pull', pull);
    expect(answer).toMatchObject({ receivedMessages: [{ message: { data: Buffer.from('x') } }] });
  });
});

describe('a push endpoint', () => {
  test('that is dead costs retries, not the server', async () => {
    const endpoint = await startPushEndpoint();
    await endpoint.close();
    await subscribe({ pushConfig: { pushEndpoint: endpoint.url, attributes: {} } });
    await publish(1000);
    expect(await nextEvent.promise).toMatchObject({ event: 'push-failed', result: { kind: 'failed' } });
    await publish(1);
  });

  test('that never answers holds a window of requests, and close does not wait for it', async () => {
    const endpoint = await startPushEndpoint(() => {});
    onTestFinished(() => endpoint.close());
    await subscribe({ pushConfig: { pushEndpoint: endpoint.url, attributes: {} } });
    await publish(1000);
    expect(await endpoint.received(16)).toHaveLength(16);
    await publish(1);
    expect(endpoint.pushes).toHaveLength(16);
    await emulator.close();
  });

  test('that says 102 has acknowledged', async () => {
    const endpoint = await startPushEndpoint((response) => response.writeProcessing());
    onTestFinished(() => endpoint.close());
    await subscribe({ pushConfig: { pushEndpoint: endpoint.url, attributes: {} } });
    await publish(1000);
    expect((await endpoint.received(1000)).length).toBe(1000);
    expect(events).toEqual([]);
  });

  test('gets data alone where the wrapper is off', async () => {
    const endpoint = await startPushEndpoint();
    onTestFinished(() => endpoint.close());
    const pushConfig = { pushEndpoint: endpoint.url, attributes: {}, noWrapper: { writeMetadata: true } };
    await subscribe({ pushConfig });
    await call('Publish', { topic: TOPIC, messages: [{ data: Buffer.from('raw'), attributes: { 'ce-id': '1' } }] });
    const [push] = await endpoint.received(1);
    expect(push?.body).toBe('raw');
    expect(push?.headers).toMatchObject({ 'ce-id': '1', 'x-goog-pubsub-subscription-name': SUBSCRIPTION });
  });
});

test('the process says when it is ready and ends on SIGTERM', async () => {
  const main = new URL('../../../local/pubsub/main.ts', import.meta.url).pathname;
  const env = { ...process.env, LEVELSET_PUBSUB_PORT: '0' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line]: string[] = await once(createInterface(child.stdout), 'line');
  const port: unknown = expect.any(Number);
  expect(JSON.parse(line ?? '')).toEqual({ event: 'ready', port });
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
