import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { INTERRUPTED, RPC_METADATA } from '../../../catalogue/rpc-metadata.ts';
import { type Answer, done, reject } from '../../../services/reconciler/answer.ts';
import { workqueueService } from '../../../services/rpc/definition.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { callOf, reconciling } from '../../support/reconciler.ts';
import { WireClient } from '../../support/wire-client.ts';

function gate<T>() {
  return Promise.withResolvers<T>();
}

test('a handler that heeds its signal is answered for as interrupted', async () => {
  const running = gate<void>();
  await using setup = await reconciling(async ({ signal }) => {
    running.resolve();
    await once(signal, 'abort');
    signal.throwIfAborted();
    return done();
  });
  using client = new WireClient(setup.port);
  const call = client.process({ key: 'a' });
  await running.promise;
  const closed = setup.service.close('SIGTERM');
  const answer = await call.answer;
  expect(answer.code).toBe(status.OK);
  expect(answer.trailer.get(RPC_METADATA.outcome)).toEqual([INTERRUPTED]);
  const response = workqueueService.Process.responseDeserialize(answer.bytes ?? Buffer.alloc(0));
  expect(Number(response.requeueAfterSeconds)).toBeGreaterThanOrEqual(15);
  expect(Number(response.requeueAfterSeconds)).toBeLessThanOrEqual(45);
  expect(response.queueKeys).toEqual([]);
  await closed;
  expect(setup.journal.events).toEqual(['service.listening', 'service.stopping', 'service.stopped']);
});

test('the dispatcher takes that answer as interrupted, started', async () => {
  const running = gate<void>();
  await using setup = await reconciling(async ({ signal }) => {
    running.resolve();
    await once(signal, 'abort');
    throw new Error('could not finish');
  });
  const answer = setup.caller.process(callOf('a'));
  await running.promise;
  void setup.service.close();
  const { outcome, started } = await answer;
  expect(started).toBe(true);
  expect(outcome).toMatchObject({
    kind: 'interrupted',
    delayMs: expect.toSatisfy((ms) => ms >= 15_000 && ms <= 45_000),
  });
});

test('an answer that a handler gives after it was asked to stop counts', async () => {
  const running = gate<void>();
  let count = 0;
  await using setup = await reconciling(async ({ key, signal }) => {
    if (++count === 2) running.resolve();
    await once(signal, 'abort');
    return key === 'a' ? done() : reject('never');
  });
  const answers = ['a', 'b'].map((key) => setup.caller.process(callOf(key)));
  await running.promise;
  const closed = setup.service.close();
  expect((await Promise.all(answers)).map(({ outcome }) => outcome.kind)).toEqual(['done', 'rejected']);
  await closed;
});

test('a handler that ignores its signal is answered for after 3 s, and not before', async () => {
  const clock = new ManualClock();
  const running = gate<void>();
  const never = gate<Answer>();
  await using setup = await reconciling(
    () => {
      running.resolve();
      return never.promise;
    },
    { clock },
  );
  let answered = false;
  const answer = setup.caller.process(callOf('a')).finally(() => {
    answered = true;
  });
  await running.promise;
  const closed = setup.service.close();
  await clock.advance(2_999);
  // A round trip to the same server: had the first answer been sent, it would be here.
  using client = new WireClient(setup.port);
  expect((await client.process({ key: 'b' }).answer).code).toBe(status.UNAVAILABLE);
  expect(answered).toBe(false);
  await clock.advance(1);
  expect((await answer).outcome.kind).toBe('interrupted');
  await clock.advance(2_000);
  await closed;
});

test('a new call during the drain is turned away without the mark', async () => {
  const running = gate<void>();
  const release = gate<Answer>();
  await using setup = await reconciling(() => {
    running.resolve();
    return release.promise;
  });
  using client = new WireClient(setup.port);
  const first = client.process({ key: 'a' });
  await running.promise;
  const closed = setup.service.close();
  const second = await client.process({ key: 'b' }).answer;
  expect(second.code).toBe(status.UNAVAILABLE);
  expect(second.initial.get(RPC_METADATA.started)).toEqual([]);
  release.resolve(done());
  expect((await first.answer).code).toBe(status.OK);
  await closed;
});

test('a call that the dispatcher cancels aborts the handler', async () => {
  const running = gate<AbortSignal>();
  await using setup = await reconciling(async ({ signal }) => {
    running.resolve(signal);
    await once(signal, 'abort');
    return done();
  });
  using client = new WireClient(setup.port);
  const call = client.process({ key: 'a' });
  const signal = await running.promise;
  call.cancel();
  if (!signal.aborted) await once(signal, 'abort');
  expect((await call.answer).code).toBe(status.CANCELLED);
});
