import { expect, test } from 'vitest';
import type { EnqueueInput } from '../../../queue/core/enqueue.ts';
import { parseEnqueue } from '../../../queue/core/enqueue.ts';
import { parseHint } from '../../../queue/core/hint.ts';
import { preferredRegion } from '../../../queue/core/preference.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { HINT_HORIZON_SECONDS } from '../../../services/receiver/receiver.ts';
import { brokenStore, receiving } from '../../support/receiver.ts';

function wish(input: EnqueueInput) {
  const parsed = parseEnqueue(input);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

/** A receiver in virtual time, and a call to it whose state can be looked at. */
function setUp(regions?: string[]) {
  const clock = new ManualClock();
  const parts = receiving(regions ? { clock, regions } : { clock });
  const enqueue = (input: EnqueueInput) => {
    const call = { answered: false, error: undefined as unknown };
    parts.receiver.enqueue(wish(input)).then(
      () => (call.answered = true),
      (error: unknown) => Object.assign(call, { answered: true, error }),
    );
    return call;
  };
  return { ...parts, clock, enqueue };
}

test('the answer comes when the hint is out, not before', async () => {
  const { clock, hints, enqueue } = setUp();
  const published = Promise.withResolvers<void>();
  hints.behaviour = () => published.promise;
  const call = enqueue({ key: 'a' });
  await clock.advance(999);
  expect([hints.messages.length, call.answered]).toEqual([1, false]);
  published.resolve();
  await clock.settle();
  expect(call).toEqual({ answered: true, error: undefined });
  expect(clock.pending).toBe(0);
});

test('a hint that takes longer than a second is not waited for', async () => {
  const { clock, hints, enqueue, journal } = setUp();
  const published = Promise.withResolvers<void>();
  hints.behaviour = () => published.promise;
  const call = enqueue({ key: 'a' });
  await clock.advance(999);
  expect(call.answered).toBe(false);
  await clock.advance(1);
  expect(call.answered).toBe(true);
  published.reject(new Error('too late'));
  await clock.settle();
  expect(journal.events).toEqual(['key.queued', 'hint.failed']);
});

test.each([
  ['fails', () => Promise.reject(new Error('no topic'))],
  [
    'throws',
    () => {
      throw new Error('no client');
    },
  ],
])('a hint that %s is logged, and the caller gets its answer', async (_how, behaviour) => {
  const { clock, hints, enqueue, journal } = setUp();
  hints.behaviour = behaviour;
  const call = enqueue({ key: 'a' });
  await clock.settle();
  expect(call).toEqual({ answered: true, error: undefined });
  expect(journal.entries.at(-1)).toMatchObject({ event: 'hint.failed', fields: { key: 'a' } });
});

test('the hint says what was written, and goes to the preferred region', async () => {
  const regions = ['north', 'south', 'west'];
  const { clock, context, hints, enqueue } = setUp(regions);
  enqueue({ key: 'a', priority: 7 });
  await clock.settle();
  const [message] = hints.messages;
  const object = await context.store.get('queued/a');
  expect(message?.attributes).toEqual({ kind: 'hint', region: preferredRegion('a', regions) });
  expect(parseHint(message?.data ?? '')).toEqual({
    ok: true,
    value: {
      key: 'a',
      generation: object?.generation,
      metageneration: object?.metageneration,
      metadata: object?.metadata,
    },
  });
  expect(object?.metadata['priority']).toBe('00000007');
});

test('a merge that changed something is hinted, one that changed nothing is not', async () => {
  const { clock, hints, enqueue, journal } = setUp();
  for (const priority of [1, 5, 5, 3]) {
    enqueue({ key: 'a', priority });
    await clock.settle();
  }
  expect(journal.events).toEqual(['key.queued', 'key.merged', 'key.deduplicated', 'key.deduplicated']);
  expect(hints.messages).toHaveLength(2);
});

test('a key that is delayed for longer than it takes to the next full sweep needs no hint', async () => {
  const { clock, hints, enqueue } = setUp();
  enqueue({ key: 'soon', delaySeconds: HINT_HORIZON_SECONDS });
  enqueue({ key: 'late', delaySeconds: HINT_HORIZON_SECONDS + 1 });
  await clock.settle();
  expect(hints.messages.map(({ data }) => (JSON.parse(data) as { key: string }).key)).toEqual(['soon']);
});

test('what is not in the bucket is not hinted', async () => {
  const { receiver, hints } = receiving({ clock: new ManualClock(), store: brokenStore });
  await expect(receiver.enqueue(wish({ key: 'a' }))).rejects.toMatchObject({ kind: 'unavailable' });
  expect(hints.messages).toEqual([]);
});
