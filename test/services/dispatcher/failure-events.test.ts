import { describe, expect, test } from 'vitest';
import { Dispatcher } from '../../../services/dispatcher/dispatcher.ts';
import { type FailureEvent, FailurePublisher } from '../../../services/dispatcher/failure-events.ts';
import { DEFAULT_SETTINGS } from '../../../services/dispatcher/settings.ts';
import { World } from '../../support/world.ts';

describe('a failure event', () => {
  test('says what failed, how often, what is done about it and since when', async () => {
    const world = new World();
    world.dispatcher('a', { retry: { ...DEFAULT_SETTINGS.retry, maxAttempts: 2 } });
    world.handler = () => ({ kind: 'failed', error: 'boom: password=hunter2' });
    await world.enqueue('k');
    await world.pass(120_000);
    const error = 'boom: password=[redacted]';
    expect(world.failures).toEqual([
      { key: 'k', error, attempts: 1, action: 'retry', retryAfterMs: expect.any(Number), ageMs: expect.any(Number) },
      { key: 'k', error, attempts: 2, action: 'exhausted', retryAfterMs: undefined, ageMs: expect.any(Number) },
    ]);
    const [retry, dead] = world.failures;
    expect(retry?.retryAfterMs).toBeGreaterThanOrEqual(30_000);
    expect(dead?.ageMs).toBeGreaterThanOrEqual(retry?.retryAfterMs ?? Number.NaN);
    // The bucket says the same, for who was not listening.
    expect(world.metadata('dead-letter/k')).toMatchObject({ 'last-error': error, cause: 'exhausted' });
    expect(world.metadata('dead-letter/k')?.['first-queued']).toBeDefined();
  });

  test('tells of a rejection, and not of what spends no attempt', async () => {
    const world = new World();
    world.dispatcher();
    world.handler = ({ key }) =>
      key === 'no' ? { kind: 'rejected', reason: 'never' } : { kind: 'interrupted', delayMs: 600_000 };
    await world.enqueue('no');
    await world.enqueue('deployed');
    await world.clock.settle();
    expect(world.failures).toMatchObject([{ key: 'no', error: 'never', attempts: 1, action: 'rejected' }]);
  });
});

test('what is on its way is out before the last open request is answered', async () => {
  const world = new World();
  const out = Promise.withResolvers<void>();
  const published: FailureEvent[] = [];
  const failures = new FailurePublisher(async (failure) => {
    published.push(failure);
    await out.promise;
  });
  const dispatcher = new Dispatcher({
    context: world.context,
    settings: { ...DEFAULT_SETTINGS, lingerMs: 0, queue: 'q', region: 'a', regions: ['a'], concurrency: 1 },
    reconciler: { process: async () => ({ outcome: { kind: 'rejected', reason: 'no' }, started: true }), close() {} },
    publish: async () => {},
    publishFailure: failures.publish,
    beforeRest: () => failures.flush(),
  });
  await world.enqueue('k');
  let answered = false;
  void dispatcher.trigger({ kind: 'tick' }).then(() => (answered = true));
  await world.clock.advance(5_000);
  expect([published.length, answered]).toEqual([1, false]);
  expect(world.metadata('dead-letter/k')).toBeDefined();
  out.resolve();
  await world.clock.settle();
  expect(answered).toBe(true);
});

test('a trigger that comes while the last things go out is not lost', async () => {
  const world = new World();
  const out = Promise.withResolvers<void>();
  const dispatcher = new Dispatcher({
    context: world.context,
    settings: { ...DEFAULT_SETTINGS, lingerMs: 0, queue: 'q', region: 'a', regions: ['a'], concurrency: 1 },
    reconciler: { process: async () => ({ outcome: { kind: 'done' }, started: true }), close() {} },
    publish: async () => {},
    beforeRest: () => out.promise,
  });
  void dispatcher.trigger({ kind: 'tick' });
  await world.clock.settle();
  await world.enqueue('late');
  void dispatcher.trigger({ kind: 'tick' });
  await world.clock.settle();
  expect(world.told('key.done')).toEqual([]);
  out.resolve();
  await world.clock.advance(5_000);
  expect(world.told('key.done')).toMatchObject([{ key: 'late' }]);
});
