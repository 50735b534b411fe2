import { describe, expect, test } from 'vitest';
import type { Key } from '../../queue/core/key.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { Process } from '../support/process.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { World } from '../support/world.ts';

describe('promise 1, durable: an acknowledged key is started at least once after its enqueue', () => {
  test('with the dispatcher killed at any of its requests, before or after it was carried out', async () => {
    const requests = await countRequests();
    expect(requests).toBeGreaterThan(5);
    for (const when of ['before', 'after'] as const) {
      for (let fatal = 1; fatal <= requests; fatal++) {
        const world = new World();
        const victim = new Process(world);
        let sent = 0;
        victim.stopAt = () => (++sent === fatal ? when : undefined);
        world.dispatcher('a', {}, victim);
        await world.enqueue('k');
        await world.clock.settle();
        expect(victim.stopped, `request ${fatal}`).toBe(true);
        world.dispatchers.delete('a');
        world.dispatcher('a#successor');
        await world.pass(180_000);
        expect(world.started.length, `killed ${when} request ${fatal}`).toBeGreaterThan(0);
        expect(world.names(), `killed ${when} request ${fatal}`).toEqual([]);
      }
    }
  });

  test('with all hints lost, by the next tick', async () => {
    const world = new World();
    world.loseHints = true;
    world.dispatcher();
    await world.enqueue('k');
    await world.pass(59_000);
    expect(world.started).toEqual([]);
    await world.pass(1_000);
    expect(world.started).toEqual(['k']);
  });

  test.for(['lost answer', 'dropped', 'late'] as const)(
    'with any one write of the dispatcher met by: %s',
    async (fault) => {
      for (let faulty = 1; ; faulty++) {
        const world = new World();
        let writes = 0;
        let met = false;
        const store = faultyStore(world.store, (operation) => {
          if (operation === 'get' || operation === 'list' || ++writes !== faulty) return undefined;
          met = true;
          return fault;
        });
        world.dispatcher('a', {}, { store, clock: world.clock });
        await world.enqueue('k');
        await world.clock.advance(0);
        await store.release();
        await world.pass(180_000);
        expect(world.started.length, `write ${faulty}`).toBeGreaterThan(0);
        expect(world.names(), `write ${faulty}`).toEqual([]);
        if (!met) break;
        expect(faulty).toBeLessThan(50);
      }
    },
  );

  test.for(['lost answer', 'dropped', 'late', 'throttled'] as const)(
    'when a write of the enqueue itself is met by: %s',
    async (fault) => {
      const world = new World();
      world.dispatcher();
      let faults = 1;
      const store = faultyStore(world.store, (operation) => (operation === 'put' && faults-- > 0 ? fault : undefined));
      const call = enqueue(world.contextFor(store), { key: 'k' as Key, priority: 0, delaySeconds: 0 });
      await world.pass(20_000);
      await call;
      await store.release();
      await world.pass(120_000);
      expect(world.started).toContain('k');
      expect(world.names()).toEqual([]);
    },
  );

  test('after a stop of the bucket for ten minutes', async () => {
    const world = new World();
    let down = true;
    const store = faultyStore(world.store, () => (down ? 'dropped' : undefined));
    world.dispatcher('a', {}, { store, clock: world.clock });
    await world.enqueue('k');
    await world.pass(600_000);
    expect(world.started).toEqual([]);
    down = false;
    await world.pass(120_000);
    expect(world.started).toEqual(['k']);
  });
});

async function countRequests(): Promise<number> {
  const world = new World();
  world.dispatcher();
  const before = world.operations.length;
  await world.enqueue('k');
  const enqueued = world.operations.length - before;
  await world.clock.settle();
  return world.operations.length - enqueued;
}
