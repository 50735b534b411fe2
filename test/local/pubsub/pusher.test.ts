import { beforeEach, describe, expect, test } from 'vitest';
import { refused } from '../../../local/pubsub/answer.ts';
import { Backlog } from '../../../local/pubsub/backlog.ts';
import type { PostResult, Poster } from '../../../local/pubsub/http-post.ts';
import type { PubsubEvent } from '../../../local/pubsub/observe.ts';
import { type MintToken, Pusher } from '../../../local/pubsub/pusher.ts';
import type { PushRequest } from '../../../local/pubsub/push-request.ts';
import { parseSubscription, type SubscriptionConfig } from '../../../local/pubsub/subscription-config.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { subscriptionWire } from './subscription-wire.ts';

interface OpenPost {
  readonly request: PushRequest;
  readonly timeoutMs: number;
  answer(result: PostResult): void;
}

const NO_CONTENT: PostResult = { kind: 'status', status: 204 };
const SERVER_ERROR: PostResult = { kind: 'status', status: 500 };

let clock: ManualClock;
let open: OpenPost[];
let sent: number;
let events: PubsubEvent[];
let backlog: Backlog;

const poster: Poster = {
  post: (request, timeoutMs) =>
    new Promise((resolve) => {
      sent++;
      const post: OpenPost = {
        request,
        timeoutMs,
        answer(result) {
          open = open.filter((other) => other !== post);
          resolve(result);
        },
      };
      open.push(post);
    }),
  close() {},
};

beforeEach(() => {
  clock = new ManualClock();
  open = [];
  sent = 0;
  events = [];
});

function configOf(overrides: Parameters<typeof subscriptionWire>[0] = {}): SubscriptionConfig {
  const pushConfig = { pushEndpoint: 'http://127.0.0.1:1/push', attributes: {} };
  const config = parseSubscription(subscriptionWire({ pushConfig, ...overrides }));
  if (!config.ok) throw new Error(config.problem);
  return config.value;
}

function startPusher(config: SubscriptionConfig, mintToken?: MintToken): Pusher {
  backlog = new Backlog(
    clock,
    'x',
    () => config,
    () => false,
  );
  if (config.push === undefined) throw new Error('not a push subscription');
  const ports = { clock, poster, mintToken, observe: (event: PubsubEvent) => void events.push(event) };
  const pusher = new Pusher(backlog, () => config, config.push, ports);
  pusher.start();
  return pusher;
}

function publish(count: number): void {
  const message = { publishedAt: clock.now(), data: Buffer.from('x'), attributes: {}, orderingKey: '', bytes: 1 };
  backlog.add(Array.from({ length: count }, (_, n) => ({ ...message, messageId: String(n) })));
}

async function answerAll(result: PostResult): Promise<void> {
  for (const post of open) post.answer(result);
  await clock.settle();
}

describe('a pusher', () => {
  test.each([102, 200, 201, 202, 204])('takes status %i for an ack', async (status) => {
    startPusher(configOf());
    publish(1);
    await answerAll({ kind: 'status', status });
    expect(backlog.messages).toBe(0);
    expect(events).toEqual([]);
  });

  test.each<[string, PostResult]>([
    ['203', { kind: 'status', status: 203 }],
    ['301', { kind: 'status', status: 301 }],
    ['400', { kind: 'status', status: 400 }],
    ['500', SERVER_ERROR],
    ['a timeout', { kind: 'timeout' }],
    ['a broken connection', { kind: 'failed', error: 'ECONNREFUSED' }],
  ])('takes %s for a nack and pushes again', async (_, result) => {
    startPusher(configOf());
    publish(1);
    await answerAll(result);
    expect(backlog.messages).toBe(1);
    expect(events).toMatchObject([{ event: 'push-failed', result }]);
    await clock.advance(100);
    expect(open).toHaveLength(1);
  });

  test('gives a request the ack deadline to answer', () => {
    startPusher(configOf({ ackDeadlineSeconds: 60 }));
    publish(1);
    expect(open[0]?.timeoutMs).toBe(60_000);
  });

  test('opens its window by one per success, up to 1000', async () => {
    startPusher(configOf());
    publish(5000);
    expect(open).toHaveLength(16);
    await answerAll(NO_CONTENT);
    expect(open).toHaveLength(32);
    for (let round = 0; round < 6; round++) await answerAll(NO_CONTENT);
    expect(open).toHaveLength(1000);
  });

  test('pauses after failures in a row, 100 ms doubling up to a minute, one request at a time', async () => {
    startPusher(configOf());
    publish(100);
    for (const pause of [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]) {
      await answerAll(SERVER_ERROR);
      expect(open).toHaveLength(0);
      await clock.advance(pause - 1);
      expect(open).toHaveLength(0);
      await clock.advance(1);
      expect(open.length).toBeGreaterThan(0);
    }
    expect(open).toHaveLength(1);
    await answerAll(NO_CONTENT);
    expect(open.length).toBeGreaterThan(0);
  });

  test('leaves the waiting to a retry policy', async () => {
    startPusher(configOf({ retryPolicy: { minimumBackoff: { seconds: 3, nanos: 0 }, maximumBackoff: null } }));
    publish(1);
    await answerAll(SERVER_ERROR);
    await clock.advance(2999);
    expect(sent).toBe(1);
    await clock.advance(1);
    expect(sent).toBe(2);
    await answerAll(SERVER_ERROR);
    await clock.advance(5999);
    expect(sent).toBe(2);
    await clock.advance(1);
    expect(sent).toBe(3);
  });

  test('keeps no more requests open than its window while an endpoint hangs', async () => {
    startPusher(configOf({ ackDeadlineSeconds: 10 }));
    publish(500);
    await clock.advance(60_000);
    expect(open).toHaveLength(16);
  });

  test('stops when told to, and still settles what is under way', async () => {
    const pusher = startPusher(configOf());
    publish(20);
    pusher.stop();
    await answerAll(NO_CONTENT);
    expect(open).toHaveLength(0);
    expect(backlog.messages).toBe(4);
    backlog.close(refused('UNAVAILABLE', 'closing'));
    expect(clock.pending).toBe(0);
  });

  test('leaves no timer behind when stopped in a pause', async () => {
    const pusher = startPusher(configOf());
    publish(1);
    await answerAll(SERVER_ERROR);
    pusher.stop();
    expect(clock.pending).toBe(0);
  });

  test('carries a token for the configured identity', async () => {
    const oidcToken = { serviceAccountEmail: 'pusher@p.iam', audience: '' };
    const pushConfig = { pushEndpoint: 'http://127.0.0.1:1/push', attributes: {}, oidcToken };
    startPusher(configOf({ pushConfig }), (identity) =>
      Promise.resolve(`${identity.serviceAccount}/${identity.audience}`),
    );
    publish(1);
    await clock.settle();
    expect(open[0]?.request.headers['authorization']).toBe('Bearer pusher@p.iam/http://127.0.0.1:1/push');
  });

  test('that cannot get a token pushes again later', async () => {
    const oidcToken = { serviceAccountEmail: 'pusher@p.iam', audience: 'a' };
    const pushConfig = { pushEndpoint: 'http://127.0.0.1:1/push', attributes: {}, oidcToken };
    let tries = 0;
    startPusher(configOf({ pushConfig }), () =>
      ++tries === 1 ? Promise.reject(new Error('no key')) : Promise.resolve('t'),
    );
    publish(1);
    await clock.advance(100);
    expect(open).toHaveLength(1);
  });
});
