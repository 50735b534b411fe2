import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Answer, done } from '../../../services/reconciler/answer.ts';
import { inProcessCaller } from '../../../services/reconciler/in-process.ts';
import { defineReconciler, type Handler } from '../../../services/reconciler/reconciler.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';
import { callOf } from '../../support/reconciler.ts';

function setUp(handler: Handler) {
  const clock = new ManualClock();
  return { clock, caller: inProcessCaller(defineReconciler(handler), { clock, random: seededRandom(1) }) };
}

test('a run that passes its deadline fails as a timeout, and its signal aborts', async () => {
  let seen: AbortSignal | undefined;
  const { clock, caller } = setUp(({ signal }) => {
    seen = signal;
    return new Promise<Answer>(() => {});
  });
  const answer = caller.process(callOf('a', { deadlineMs: 60_000 }));
  await clock.advance(60_000);
  expect(await answer).toEqual({ outcome: { kind: 'failed', error: 'timeout: no answer within 60 s' }, started: true });
  expect(seen?.aborted).toBe(true);
});

test('a cancelled run is interrupted at once, and its signal aborts', async () => {
  let seen: AbortSignal | undefined;
  const { caller } = setUp(({ signal }) => {
    seen = signal;
    return new Promise<Answer>(() => {});
  });
  const abort = new AbortController();
  const answer = caller.process(callOf('a', { signal: abort.signal }));
  abort.abort();
  expect(await answer).toEqual({ outcome: { kind: 'interrupted', delayMs: 0 }, started: true });
  expect(seen?.aborted).toBe(true);
});

test('a closed reconciler interrupts its runs, and leaves no timer behind', async () => {
  const { clock, caller } = setUp(async ({ signal }) => {
    await once(signal, 'abort');
    throw signal.reason;
  });
  const answer = caller.process(callOf('a'));
  caller.close();
  expect((await answer).outcome.kind).toBe('interrupted');
  const { clock: other, caller: quick } = setUp(() => done());
  await quick.process(callOf('a'));
  expect([clock.pending, other.pending]).toEqual([0, 0]);
});
