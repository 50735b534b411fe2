import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../queue/core/outcome.ts';
import { enqueue } from '../../queue/enqueue.ts';
import type { Key } from '../../queue/core/key.ts';
import { Process } from '../support/process.ts';
import { World } from '../support/world.ts';

describe('promise 4, touched while running means run again', () => {
  const outcomes: Outcome[] = [
    { kind: 'done' },
    { kind: 'requeue', delayMs: 600_000, floor: false },
    { kind: 'failed', error: 'boom' },
    { kind: 'interrupted', delayMs: 30_000 },
    { kind: 'rejected', reason: 'no' },
  ];
  test.for(outcomes)('an enqueue in mid-run is run after that run, whatever it answers: %o', async (outcome) => {
    const world = new World();
    world.handler = (call) => (world.calls.indexOf(call) === 0 ? undefined : { kind: 'done' });
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    await world.enqueue('k');
    expect(world.started).toEqual(['k']);
    world.calls[0]?.answer(outcome);
    await world.clock.settle();
    expect(world.started).toEqual(['k', 'k']);
  });

  test.for(['before', 'after'] as const)(
    'an enqueue while the start is stuck is not absorbed by it: stuck at any request, %s it was carried out',
    async (when) => {
      let moment = 0;
      for (let stuck = true; stuck;) {
        moment++;
        const world = new World();
        const dispatcher = new Process(world);
        let sent = 0;
        dispatcher.stopAt = () => (++sent === moment ? when : undefined);
        world.dispatcher('a', {}, dispatcher);
        await world.enqueue('k');
        await world.clock.advance(1_000);
        stuck = dispatcher.stopped;
        const calledMs = world.clock.now();
        await world.clock.advance(1_000);
        await enqueue(world.context, { key: 'k' as Key, priority: 0, delaySeconds: 0 });
        dispatcher.resume();
        await world.pass(120_000);
        expect(
          world.calls.some((call) => call.atMs > calledMs),
          `request ${moment}`,
        ).toBe(true);
        expect(world.names()).toEqual([]);
      }
      expect(moment).toBeGreaterThan(5);
    },
  );

  test('`Process` does not begin before the delete of the entry was answered', async () => {
    const world = new World({ latencyMs: 100 });
    world.dispatcher();
    const enqueued = world.enqueue('k');
    await world.clock.advance(0);
    while (world.calls.length === 0) {
      await world.clock.advance(1);
      if (world.calls.length > 0) expect(world.metadata('queued/k')).toBeUndefined();
    }
    await enqueued;
    const deleted = world.operations.indexOf('delete queued/k');
    expect(deleted).toBeGreaterThan(0);
  });

  test('a starter that was paused between its copy and its delete does not delete the twin of a requeue', async () => {
    const world = new World();
    const sleeper = new Process(world);
    sleeper.stopAt = (operation, name) => (operation === 'delete' && name === 'queued/k' ? 'before' : undefined);
    world.dispatcher('a', {}, sleeper);
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.names()).toEqual(['in-progress/k', 'queued/k']);
    world.dispatchers.delete('a');
    // The successor recovers the lease: the entry is its twin, and merging into it changes nothing but the metageneration.
    const successor = new Process(world);
    successor.stopAt = (operation, name) => (operation === 'delete' && name === 'in-progress/k' ? 'after' : undefined);
    world.dispatcher('a#successor', {}, successor);
    await world.pass(65_000);
    sleeper.resume();
    await world.clock.settle();
    expect(world.names()).toEqual(['queued/k']);
    successor.resume();
    await world.pass(120_000);
    expect(world.started).toEqual(['k']);
    expect(world.names()).toEqual([]);
  });
});
