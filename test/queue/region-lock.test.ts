import { describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { DEFAULT_LOCK } from '../../queue/core/lock.ts';
import { RegionLock } from '../../queue/region-lock.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { World } from '../support/world.ts';

const NAME = 'dispatchers/a';

function lockOn(world: World, instance: string, store: ObjectStore = world.store): RegionLock {
  return new RegionLock(world.contextFor(store), 'a', instance, DEFAULT_LOCK);
}

/** A store whose n-th request of an operation takes a while to be answered; carried out at once, or when it is answered. */
function slow(
  world: World,
  slowOperation: string,
  ms: number,
  carriedOut: 'at once' | 'late' = 'at once',
): ObjectStore {
  const wait = () => new Promise<void>((resolve) => world.clock.after(ms, resolve));
  const patch: ObjectStore['patch'] = async (...args) => {
    if (slowOperation !== 'patch') return world.store.patch(...args);
    if (carriedOut === 'late') await wait();
    const answer = await world.store.patch(...args);
    if (carriedOut === 'at once') await wait();
    return answer;
  };
  const put: ObjectStore['put'] = async (...args) => {
    const answer = await world.store.put(...args);
    if (slowOperation === 'put') await wait();
    return answer;
  };
  return { ...world.store, patch, put };
}

describe('the lock of a region', () => {
  test('is created by the first, and taken for the second', async () => {
    const world = new World();
    expect(await lockOn(world, 'one').acquire()).toEqual({ kind: 'held' });
    expect(await lockOn(world, 'two').acquire()).toMatchObject({ kind: 'taken', instance: 'one', wanted: false });
  });

  test('is overwritten once it has lapsed: a new generation, so that old leases are seen to be orphaned', async () => {
    const world = new World();
    const first = lockOn(world, 'one');
    await first.acquire();
    const before = first.generation;
    await world.clock.advance(31_999);
    const second = lockOn(world, 'two');
    expect((await second.acquire()).kind).toBe('taken');
    await world.clock.advance(1);
    expect(await second.acquire()).toEqual({ kind: 'held' });
    expect(second.generation).not.toBe(before);
    expect(first.holds).toBe(false);
  });

  test('is not overwritten when a refresh came between the look and the write', async () => {
    const world = new World();
    await lockOn(world, 'one').acquire();
    await world.clock.advance(40_000);
    let puts = 0;
    const store = faultyStore(world.store, (operation, name) => {
      // The first put is the try to create it. The lapsed lock is revived, before the second, by a refresh that was on its way.
      if (operation === 'put' && name === NAME && ++puts === 2) {
        world.bucket.patch(NAME, { metadata: { expires: new Date(world.clock.now() + 30_000).toISOString() } }, {});
      }
      return undefined;
    });
    const second = lockOn(world, 'two', store);
    expect(await second.acquire()).toEqual({ kind: 'unsure' });
    expect(puts).toBe(2);
    expect(world.metadata(NAME)?.instance).toBe('one');
  });

  test('is trusted from the sending of a refresh, not from its answer', async () => {
    const world = new World();
    const lock = lockOn(world, 'one', slow(world, 'patch', 8_000));
    await lock.acquire();
    await world.clock.advance(10_000);
    const refreshing = lock.refresh();
    await world.clock.advance(8_000);
    expect(await refreshing).toBe('kept');
    await world.clock.advance(19_999);
    expect(lock.holds).toBe(true);
    await world.clock.advance(1);
    expect(lock.holds).toBe(false);
  });

  test('is not revived by an answer that comes after the deadline', async () => {
    const world = new World();
    const lock = lockOn(world, 'one', slow(world, 'patch', 20_000));
    await lock.acquire();
    await world.clock.advance(10_000);
    const refreshing = lock.refresh();
    await world.clock.advance(20_000);
    expect(await refreshing).toBe('lost');
    expect(lock.holds).toBe(false);
  });

  test('is not held by who learns of its creation too late', async () => {
    const world = new World();
    const acquiring = lockOn(world, 'one', slow(world, 'put', 29_000)).acquire();
    await world.clock.advance(29_000);
    expect((await acquiring).kind).toBe('unsure');
  });

  test('a refresh that lands late does not extend the lock of a successor', async () => {
    const world = new World();
    const lock = lockOn(world, 'one', slow(world, 'patch', 60_000, 'late'));
    await lock.acquire();
    const refreshing = lock.refresh();
    await world.clock.advance(35_000);
    const successor = lockOn(world, 'two');
    await successor.acquire();
    const before = world.metadata(NAME);
    await world.clock.advance(25_000);
    expect(await refreshing).toBe('lost');
    expect(world.metadata(NAME)).toEqual(before);
  });

  test('a handover that was asked for is seen at the next refresh, and the lock kept until it is released', async () => {
    const world = new World();
    const lock = lockOn(world, 'one');
    await lock.acquire();
    await lockOn(world, 'two').ask('handover');
    await world.clock.advance(10_000);
    expect(await lock.refresh()).toBe('wanted');
    expect(await lock.refresh()).toBe('wanted');
    await world.clock.advance(27_000);
    expect(lock.holds).toBe(true);
    await lock.release();
    expect(lock.holds).toBe(false);
    expect(await lockOn(world, 'two').acquire()).toEqual({ kind: 'held' });
  });

  test.for(['lost answer', 'dropped', 'late', 'throttled'] as const)(
    'acquired with a write met by: %s',
    async (fault: Fault) => {
      const world = new World();
      let faults = 1;
      const store = faultyStore(world.store, (operation) => (operation === 'put' && faults-- > 0 ? fault : undefined));
      const lock = lockOn(world, 'one', store);
      const first = await lock.acquire();
      expect(first.kind).toBe(fault === 'lost answer' ? 'held' : 'unsure');
      if (first.kind !== 'held') expect((await lock.acquire()).kind).toBe('held');
      await store.release();
      expect(lock.holds).toBe(true);
      expect(await lockOn(world, 'two').acquire()).toMatchObject({ kind: 'taken', instance: 'one' });
    },
  );

  test.for(['lost answer', 'dropped', 'throttled'] as const)(
    'refreshed with a write met by: %s',
    async (fault: Fault) => {
      const world = new World();
      let faults = 1;
      const store = faultyStore(world.store, (operation) =>
        operation === 'patch' && faults-- > 0 ? fault : undefined,
      );
      const lock = lockOn(world, 'one', store);
      await lock.acquire();
      await world.clock.advance(10_000);
      expect(await lock.refresh()).toBe(fault === 'lost answer' ? 'kept' : 'unsure');
      expect(await lock.refresh()).toBe('kept');
      await world.clock.advance(27_999);
      expect(lock.holds).toBe(true);
    },
  );

  test('is no longer trusted when the wall clock shows that the machine slept', async () => {
    const world = new World();
    const lock = lockOn(world, 'one');
    await lock.acquire();
    world.clock.step(28_000);
    expect(lock.holds).toBe(false);
  });

  test('is no longer trusted after its time, even if the wall clock was set back', async () => {
    const world = new World();
    const lock = lockOn(world, 'one');
    await lock.acquire();
    world.clock.step(-3_600_000);
    await world.clock.advance(27_999);
    expect(lock.holds).toBe(true);
    await world.clock.advance(1);
    expect(lock.holds).toBe(false);
  });
});
