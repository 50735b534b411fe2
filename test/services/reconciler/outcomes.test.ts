import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { RPC_METADATA } from '../../../catalogue/rpc-metadata.ts';
import type { Outcome } from '../../../queue/core/outcome.ts';
import {
  type Answer,
  done,
  enqueue,
  type Handler,
  reject,
  RejectedError,
  requeueAfter,
  requeueNotBefore,
} from '../../../services/reconciler/index.ts';
import { inProcessCaller } from '../../../services/reconciler/in-process.ts';
import { defineReconciler } from '../../../services/reconciler/reconciler.ts';
import { noRetryReason } from '../../../services/rpc/status.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { callOf, reconciling } from '../../support/reconciler.ts';
import { requestWithKey, WireClient } from '../../support/wire-client.ts';

const failed = (error: string) => ({ kind: 'failed', error });
const fetchFailed = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
const wish = (key: string, priority = 0, delaySeconds = 0) => ({ key, priority, delaySeconds });

const CASES: [name: string, handler: Handler, outcome: unknown][] = [
  ['done', () => done(), { kind: 'done' }],
  ['a promise of done', async () => done(), { kind: 'done' }],
  ['requeueAfter', () => requeueAfter('5m'), { kind: 'requeue', delayMs: 300_000, floor: false }],
  ['a delay is rounded up to seconds', () => requeueAfter(1_001), { kind: 'requeue', delayMs: 2_000, floor: false }],
  ['a delay is never none', () => requeueAfter('0s'), { kind: 'requeue', delayMs: 1_000, floor: false }],
  ['requeueNotBefore', () => requeueNotBefore('30s'), { kind: 'requeue', delayMs: 30_000, floor: true }],
  [
    'enqueue others, then done',
    () => enqueue(['b', { key: 'c', priority: 5, delay: '90s' }]),
    { kind: 'enqueue', keys: [wish('b'), wish('c', 5, 90)] },
  ],
  [
    'enqueue others, then call again',
    () => enqueue(['b'], { requeueAfter: '1m' }),
    { kind: 'enqueue', keys: [wish('b')], requeueMs: 60_000, floor: false },
  ],
  [
    'enqueue others, then call again and not before',
    () => enqueue(['b'], { requeueNotBefore: '1m' }),
    { kind: 'enqueue', keys: [wish('b')], requeueMs: 60_000, floor: true },
  ],
  ['reject', () => reject('no such thing'), { kind: 'rejected', reason: 'no such thing' }],
  [
    'a thrown rejection',
    () => {
      throw reject('no such thing');
    },
    { kind: 'rejected', reason: 'no such thing' },
  ],
  [
    'a RejectedError',
    () => {
      throw new RejectedError('no such thing');
    },
    { kind: 'rejected', reason: 'no such thing' },
  ],
  [
    'a thrown error',
    () => {
      throw new Error('boom\nand more');
    },
    failed('boom and more'),
  ],
  [
    'an error with a cause',
    () => {
      throw fetchFailed;
    },
    failed('TypeError: fetch failed: connect ECONNREFUSED'),
  ],
  [
    'an error without a message',
    () => {
      throw new Error('');
    },
    failed('failed without a message'),
  ],
  [
    'anything else thrown',
    () => {
      throw Object.create(null);
    },
    failed('threw a value that cannot be shown'),
  ],
  [
    'a forgotten answer',
    () => undefined as unknown as Answer,
    failed('the handler returned no answer: return done() or another answer, not undefined'),
  ],
  [
    'a look-alike of an answer',
    () => ({ kind: 'done' }) as unknown as Answer,
    failed('the handler returned no answer: return done() or another answer, not object'),
  ],
  ['a bad key to enqueue', () => enqueue(['b', '..']), failed('key may not be "." or "..": key=".."')],
  [
    'a bad delay',
    () => requeueAfter('soon' as '1s'),
    { kind: 'failed', error: expect.stringContaining('a duration is') },
  ],
  ['too long a delay', () => requeueAfter('366d'), failed('a delay is at most a year: delay=366d')],
];

async function overTheWire(handler: Handler): Promise<Outcome> {
  await using setup = await reconciling(handler);
  return (await setup.caller.process(callOf('a'))).outcome;
}

async function inProcess(handler: Handler): Promise<Outcome> {
  const caller = inProcessCaller(defineReconciler(handler), { clock: systemClock, random: seededRandom(1) });
  return (await caller.process(callOf('a'))).outcome;
}

describe.each([
  ['over gRPC', overTheWire],
  ['in process', inProcess],
])('a handler says, %s', (_how, run) => {
  test.each(CASES)('%s', async (_name, handler, outcome) => {
    expect(await run(handler)).toEqual(outcome);
  });
});

describe('on the wire', () => {
  test('the started mark comes before the handler is through', async () => {
    const release = Promise.withResolvers<Answer>();
    await using setup = await reconciling(() => release.promise);
    using client = new WireClient(setup.port);
    const call = client.process({ key: 'a' });
    expect((await call.begun).get(RPC_METADATA.started)).toEqual(['1']);
    release.resolve(done());
    expect(await call.answer).toMatchObject({ code: status.OK });
  });

  test('a rejection is INVALID_ARGUMENT with a NoRetryDetails', async () => {
    await using setup = await reconciling(() => reject('nein'));
    using client = new WireClient(setup.port);
    const answer = await client.process({ key: 'a' }).answer;
    expect([answer.code, answer.details]).toEqual([status.INVALID_ARGUMENT, 'nein']);
    expect(noRetryReason(answer.trailer)).toBe('nein');
  });

  test('a failure is UNKNOWN with its text, cut to what a dead letter can hold', async () => {
    await using setup = await reconciling(() => {
      throw new Error('ü'.repeat(5_000));
    });
    using client = new WireClient(setup.port);
    const answer = await client.process({ key: 'a' }).answer;
    expect(answer.code).toBe(status.UNKNOWN);
    expect(Buffer.byteLength(answer.details)).toBeLessThanOrEqual(1024);
    expect(answer.details).toMatch(/^ü+…$/);
  });

  test('a dispatcher that sends no metadata gets a first attempt without a fence', async () => {
    let seen: unknown;
    await using setup = await reconciling(({ attempt, fence, queue, traceparent }) => {
      seen = { attempt, fence, queue, traceparent };
      return done();
    });
    using client = new WireClient(setup.port);
    await client.process({ key: 'a' }).answer;
    expect(seen).toEqual({ attempt: 1, fence: 0, queue: '', traceparent: undefined });
    await client.process({ key: 'a' }, { [RPC_METADATA.attempt]: '-3', [RPC_METADATA.fence]: '9'.repeat(30) }).answer;
    expect(seen).toMatchObject({ attempt: 1, fence: 0 });
  });

  test('a bad key is refused before anything starts', async () => {
    await using setup = await reconciling(() => done());
    using client = new WireClient(setup.port);
    const answer = await client.call('Process', requestWithKey(Buffer.from([0xc3, 0x28]))).answer;
    expect(answer).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('not valid UTF-8'),
    });
    expect(answer.initial.get(RPC_METADATA.started)).toEqual([]);
    expect(setup.journal.events).toContain('call.refused');
  });

  test('a reconciler has no key states', async () => {
    await using setup = await reconciling(() => done());
    using client = new WireClient(setup.port);
    const answer = await client.call('GetKeyState', requestWithKey(Buffer.from('a'))).answer;
    expect(answer.code).toBe(status.UNIMPLEMENTED);
  });

  test('two runs of one key in one process do not disturb each other', async () => {
    const both = Promise.withResolvers<void>();
    let running = 0;
    await using setup = await reconciling(async ({ attempt }) => {
      if (++running === 2) both.resolve();
      await both.promise;
      return attempt === 1 ? done() : requeueAfter('1m');
    });
    const answers = await Promise.all([1, 2].map((attempt) => setup.caller.process(callOf('a', { attempt }))));
    expect(answers.map(({ outcome }) => outcome.kind)).toEqual(['done', 'requeue']);
  });
});
