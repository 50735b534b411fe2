import { describe, expect, test } from 'vitest';
import { faultyStore } from '../../support/faulty-store.ts';
import { World } from '../../support/world.ts';

describe('a paused queue', () => {
  test('starts nothing, accepts everything, lets running keys finish', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher('a', { concurrency: 2 });
    for (const key of ['x', 'y', 'z']) {
      await world.enqueue(key);
      await world.clock.advance(1);
    }
    world.bucket.insert('control/pause', { metadata: { reason: 'maintenance' } }, {});
    await world.pass(11_000);
    for (const call of world.open) call.answer({ kind: 'done' });
    await world.pass(120_000);
    expect(world.started).toEqual(['x', 'y']);
    expect(world.names('queued/')).toEqual(['queued/z']);
    expect(world.bucket.get('dispatchers/a').kind).not.toBe('ok');
    world.bucket.delete('control/pause', {});
    await world.pass(60_000);
    expect(world.started).toEqual(['x', 'y', 'z']);
  });

  test('is found paused by the first hint after idling', async () => {
    const world = new World();
    world.dispatcher();
    world.bucket.insert('control/pause', { metadata: {} }, {});
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.started).toEqual([]);
    world.bucket.delete('control/pause', {});
    await world.enqueue('k2');
    await world.clock.settle();
    expect(world.started.toSorted()).toEqual(['k', 'k2']);
  });

  test('gives back what was leased ahead', async () => {
    const world = new World({ latencyMs: 500 });
    world.dispatcher('a', { concurrency: 2 });
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(200, resolve));
      return { kind: 'done' };
    };
    for (let i = 0; i < 200; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    world.tick();
    await world.clock.advance(9_000);
    expect(world.names('in-progress/').length).toBeGreaterThan(2);
    world.bucket.insert('control/pause', { metadata: {} }, {});
    await world.pass(30_000);
    expect(world.names('in-progress/')).toEqual([]);
    for (const name of world.names('queued/')) expect(world.metadata(name)?.attempts ?? '0').toBe('0');
  });

  test('ends by itself at `until`; one that does not parse means no end', async () => {
    const world = new World();
    world.dispatcher();
    const until = new Date(world.clock.now() + 90_000).toISOString();
    world.bucket.insert('control/pause', { metadata: { until } }, {});
    await world.enqueue('k');
    await world.pass(60_000);
    expect(world.started).toEqual([]);
    await world.pass(60_000);
    expect(world.started).toEqual(['k']);
    world.bucket.insert('control/pause', { metadata: { until: 'Tuesday' } }, {});
    await world.enqueue('k2');
    await world.pass(3_600_000);
    expect(world.started).toEqual(['k']);
  });

  test('stays as last known while it cannot be read', async () => {
    const world = new World();
    let unreadable = false;
    const store = faultyStore(world.store, (operation, name) =>
      unreadable && operation === 'get' && name === 'control/pause' ? 'dropped' : undefined,
    );
    world.handler = () => undefined;
    world.dispatcher('a', { concurrency: 1 }, { store, clock: world.clock });
    for (const key of ['x', 'y']) await world.enqueue(key);
    await world.clock.settle();
    world.bucket.insert('control/pause', { metadata: {} }, {});
    await world.pass(11_000);
    unreadable = true;
    await world.pass(11_000);
    world.open[0]?.answer({ kind: 'done' });
    await world.pass(5_000);
    expect(world.started).toEqual(['x']);
  });
});
