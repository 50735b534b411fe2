import { describe, expect, test } from 'vitest';
import type { Key } from '../../queue/core/key.ts';
import { redrive } from '../../queue/redrive.ts';
import { World } from '../support/world.ts';

const policy = { maxAttempts: 2, backoffMs: 1_000, backoffMaxMs: 1_000 };

describe('promise 7, nothing vanishes: what is given up becomes a dead letter that can be redriven', () => {
  test('an exhausted key, with its cause and last error', async () => {
    const world = new World();
    world.handler = (call) => ({ kind: 'failed', error: `attempt ${call.attempt}\nfailed` });
    world.dispatcher('a', { retry: policy });
    await world.enqueue('k', { priority: 4 });
    await world.pass(10_000);
    expect(world.names()).toEqual(['dead-letter/k']);
    expect(world.metadata('dead-letter/k')).toMatchObject({
      cause: 'exhausted',
      'last-error': 'attempt 2 failed',
      attempts: '2',
      priority: '00000004',
      'failed-time': expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      'first-queued': expect.stringMatching(/^\d+$/),
    });
  });

  test('a rejected key, at once', async () => {
    const world = new World();
    world.handler = () => ({ kind: 'rejected', reason: 'no such thing' });
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.metadata('dead-letter/k')).toMatchObject({ cause: 'rejected', 'last-error': 'no such thing' });
  });

  test('a maximum of 0 attempts never gives up', async () => {
    const world = new World();
    world.handler = () => ({ kind: 'failed', error: 'boom' });
    world.dispatcher('a', { retry: { ...policy, maxAttempts: 0 } });
    await world.enqueue('k');
    await world.pass(300_000);
    expect(world.started.length).toBeGreaterThan(100);
    expect(world.names('dead-letter/')).toEqual([]);
  });

  test('redriven: runs again with no attempts spent, and its letter goes when it completes', async () => {
    const world = new World();
    world.handler = () => ({ kind: 'rejected', reason: 'not yet' });
    world.dispatcher();
    await world.enqueue('k', { priority: 6 });
    await world.clock.settle();
    world.handler = () => ({ kind: 'done' });
    await redrive(world.context, 'k' as Key);
    expect(world.metadata('dead-letter/k')?.redriven).toBeDefined();
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '0', priority: '00000006' });
    await world.pass(60_000);
    expect(world.calls.at(-1)?.attempt).toBe(1);
    expect(world.names()).toEqual([]);
  });

  test('redriven and dying again: the new letter takes the place of the old', async () => {
    const world = new World();
    world.handler = (call) => ({ kind: 'rejected', reason: `run ${world.calls.indexOf(call)}` });
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    await redrive(world.context, 'k' as Key);
    await world.pass(60_000);
    expect(world.names()).toEqual(['dead-letter/k']);
    expect(world.metadata('dead-letter/k')).toMatchObject({ 'last-error': 'run 1' });
    expect(world.metadata('dead-letter/k')?.redriven).toBeUndefined();
  });

  test('a key that completes takes an old dead letter with it, known from a sweep', async () => {
    const world = new World();
    world.bucket.insert('dead-letter/k', { metadata: { cause: 'exhausted' } }, {});
    world.dispatcher();
    await world.enqueue('other');
    await world.pass(60_000);
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.names()).toEqual([]);
  });

  test('a completer never deletes a dead letter newer than its run', async () => {
    const world = new World();
    world.bucket.insert('dead-letter/k', { metadata: { cause: 'exhausted' } }, {});
    world.handler = () => undefined;
    world.dispatcher();
    world.loseHints = true;
    await world.enqueue('k');
    await world.pass(60_000);
    expect(world.open.map(({ key }) => key)).toEqual(['k']);
    world.bucket.insert('dead-letter/k', { metadata: { cause: 'rejected' } }, {});
    await world.pass(60_000);
    world.open[0]?.answer({ kind: 'done' });
    await world.clock.settle();
    expect(world.names()).toEqual(['dead-letter/k']);
    expect(world.metadata('dead-letter/k')).toEqual({ cause: 'rejected' });
  });
});
