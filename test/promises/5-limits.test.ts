import { describe, expect, test } from 'vitest';
import { faultyStore } from '../support/faulty-store.ts';
import { Process } from '../support/process.ts';
import { World } from '../support/world.ts';

/** Runs a world to its end with calls of 500 ms and gives the most that ran at once. */
async function mostAtOnce(world: World, keys: number, ms: number): Promise<number> {
  let most = 0;
  world.handler = async () => {
    most = Math.max(most, world.open.length);
    await new Promise<void>((resolve) => world.clock.after(500, resolve));
    return { kind: 'done' };
  };
  for (let i = 0; i < keys; i++) await world.enqueue(`key ${i}`);
  await world.pass(ms);
  return most;
}

describe('promise 5, limits hold: no more than `concurrency` calls run at once over all regions', () => {
  test('in one region, and the slots are used', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 7 });
    expect(await mostAtOnce(world, 100, 30_000)).toBe(7);
    expect(new Set(world.started).size).toBe(100);
  });

  test('in three regions that share one limit, remainder and all', async () => {
    const world = new World({ regions: ['a', 'b', 'c'] });
    for (const region of world.regions) world.dispatcher(region, { concurrency: 5 });
    expect(await mostAtOnce(world, 100, 60_000)).toBe(5);
    expect(new Set(world.started).size).toBe(100);
    const inRegion = (region: string) => world.calls.filter((call) => call.region === region).length;
    for (const region of world.regions) expect(inRegion(region)).toBeGreaterThan(10);
  });

  test('while leases are taken ahead of the slots', async () => {
    const world = new World({ latencyMs: 400 });
    world.dispatcher('a', { concurrency: 4 });
    let most = 0;
    world.handler = async () => {
      most = Math.max(most, world.open.length);
      await new Promise<void>((resolve) => world.clock.after(50, resolve));
      return { kind: 'done' };
    };
    const enqueued = Promise.all(Array.from({ length: 200 }, (_, i) => world.enqueue(`key ${i}`)));
    await world.pass(60_000);
    await enqueued;
    expect(most).toBe(4);
    expect(new Set(world.started).size).toBe(200);
  });

  test('a call whose deadline has passed is cancelled and no longer counts', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 1, deadlineMs: 60_000 });
    world.handler = (call) => (call.key === 'stuck' ? undefined : { kind: 'done' });
    await world.enqueue('stuck');
    await world.clock.settle();
    await world.enqueue('next');
    await world.pass(59_000);
    expect(world.started).toEqual(['stuck']);
    await world.pass(2_000);
    expect(world.calls[0]?.signal.aborted).toBe(true);
    expect(world.started).toEqual(['stuck', 'next']);
    expect(world.metadata('queued/stuck')).toMatchObject({
      attempts: '1',
      'last-error': expect.stringContaining('60 s'),
    });
  });

  test('a fresh instance recovers what its region ran before it starts anything', async () => {
    const world = new World();
    world.handler = () => undefined;
    const victim = new Process(world);
    world.dispatcher('a', { concurrency: 3 }, victim);
    for (const key of ['x', 'y', 'z']) await world.enqueue(key);
    await world.clock.settle();
    expect(world.open.length).toBe(3);
    victim.stop();
    world.dispatchers.clear();
    const began = world.calls.length;
    world.dispatcher('a#successor', { concurrency: 3 });
    await world.pass(90_000);
    const recovered = world.events.findLastIndex(({ event }) => event === 'key.recovered');
    const started = world.events.findIndex(({ event }, index) => event === 'key.started' && index > recovered);
    expect(world.told('key.recovered')).toHaveLength(3);
    expect(world.calls.length - began).toBe(3);
    expect(started).toBeGreaterThan(recovered);
  });

  test('what a fresh instance cannot recover in time keeps its slots empty', async () => {
    const world = new World();
    world.handler = () => undefined;
    const victim = new Process(world);
    world.dispatcher('a', { concurrency: 2 }, victim);
    await world.enqueue('x');
    await world.clock.settle();
    victim.stop();
    world.dispatchers.clear();
    let throttled = true;
    const store = faultyStore(world.store, (operation, name) =>
      throttled && operation === 'copy' && name === 'queued/x' ? 'throttled' : undefined,
    );
    world.dispatcher('a#successor', { concurrency: 2 }, { store, clock: world.clock });
    for (const key of ['y', 'z']) await world.enqueue(key);
    // Its lock is free after 32 s, and recovery has 10 s before the first start.
    await world.pass(60_000);
    expect(world.started).toHaveLength(2);
    throttled = false;
    world.handler = () => ({ kind: 'done' });
    world.open.at(-1)?.answer({ kind: 'done' });
    await world.pass(60_000);
    expect(new Set(world.started)).toEqual(new Set(['x', 'y', 'z']));
  });
});
