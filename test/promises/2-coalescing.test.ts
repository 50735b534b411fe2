import { describe, expect, test } from 'vitest';
import { World } from '../support/world.ts';

describe('promise 2, coalescing: all enqueues of one key merge into one entry', () => {
  test('a hundred enqueues at once make one entry and one run', async () => {
    const world = new World();
    await Promise.all(Array.from({ length: 100 }, () => world.enqueue('k')));
    expect(world.names()).toEqual(['queued/k']);
    world.dispatcher();
    world.tick();
    await world.clock.settle();
    expect(world.started).toEqual(['k']);
  });

  test('the highest priority wins', async () => {
    const world = new World();
    for (const priority of [5, 99_999_999, 7]) await world.enqueue('k', { priority });
    expect(world.metadata('queued/k')?.priority).toBe('99999999');
  });

  test('the earliest time wins', async () => {
    const world = new World();
    await world.enqueue('k', { delaySeconds: 600 });
    await world.enqueue('k', { delaySeconds: 60 });
    await world.enqueue('k', { delaySeconds: 300 });
    world.dispatcher();
    await world.pass(59_000);
    expect(world.started).toEqual([]);
    await world.pass(2_000);
    expect(world.started).toEqual(['k']);
  });

  test('an enqueue without delay makes a delayed key eligible at once', async () => {
    const world = new World();
    world.dispatcher();
    await world.enqueue('k', { delaySeconds: 600 });
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.started).toEqual(['k']);
  });

  test('a floor that the reconciler set is not brought forward by enqueues', async () => {
    const world = new World();
    world.handler = () =>
      world.calls.length === 1 ? { kind: 'requeue', delayMs: 120_000, floor: true } : { kind: 'done' };
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    await world.enqueue('k', { priority: 9 });
    await world.pass(119_000);
    expect(world.started).toEqual(['k']);
    expect(world.metadata('queued/k')).toMatchObject({ priority: '00000009', 'not-before-floor': 'true' });
    await world.pass(62_000);
    expect(world.started).toEqual(['k', 'k']);
  });

  test('an enqueue that changes nothing writes nothing', async () => {
    const world = new World();
    await world.enqueue('k', { priority: 3 });
    const before = world.bucket.get('queued/k');
    await world.enqueue('k', { priority: 2 });
    expect(world.bucket.get('queued/k')).toEqual(before);
  });
});
