import { describe, expect, test } from 'vitest';
import type { Deleted, ObjectStore, Written } from '../../../queue/ports/object-store.ts';
import { sleep } from '../../../queue/ports/clock.ts';
import type { ManualClock } from '../../../services/testing/manual-clock.ts';
import { World } from '../../support/world.ts';

/** A bucket that takes so many writes a second, deletes included, and answers 429 to the others. */
function limited(store: ObjectStore, clock: ManualClock, perSecond: () => number): ObjectStore {
  let second = -1;
  let taken = 0;
  const admit = async <T extends Written | Deleted>(send: () => Promise<T>): Promise<T | { kind: 'throttled' }> => {
    const now = Math.floor(clock.monotonic() / 1_000);
    if (now !== second) taken = 0;
    second = now;
    if (taken++ < perSecond()) return send();
    await sleep(clock, 30);
    return { kind: 'throttled' };
  };
  return {
    ...store,
    put: (name, metadata, condition) => admit(() => store.put(name, metadata, condition)),
    copy: (request) => admit(() => store.copy(request)),
    patch: (name, changes, pin) => admit(() => store.patch(name, changes, pin)),
    delete: (name, pin) => admit(() => store.delete(name, pin)),
  };
}

function backlog(world: World, keys: number): void {
  for (let i = 0; i < keys; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
}

function runFor(world: World, ms: number): void {
  world.handler = async () => {
    await new Promise<void>((resolve) => world.clock.after(ms, resolve));
    return { kind: 'done' };
  };
}

describe('a bucket that refuses for rate', () => {
  test('is not stormed: few requests are refused, and it is used for most of what it takes', async () => {
    const world = new World({ latencyMs: 30, wrap: (store, clock) => limited(store, clock, () => 300) });
    backlog(world, 3_000);
    runFor(world, 20);
    world.dispatcher('a', { concurrency: 100 });
    world.tick();
    await world.clock.advance(10_000);
    const before = world.requests.length;
    const done = world.calls.filter(({ answered }) => answered).length;
    await world.clock.advance(20_000);
    const seen = world.requests.slice(before);
    const refused = seen.filter(({ result }) => result === 'throttled').length;
    expect(refused / seen.length).toBeLessThan(0.4);
    // Three writes a key: a hundred keys a second is what it takes.
    expect(world.calls.filter(({ answered }) => answered).length - done).toBeGreaterThan(20 * 100 * 0.5);
    await world.pass(120_000);
    expect(world.names()).toEqual([]);
    expect(new Set(world.started).size).toBe(3_000);
    expect(world.told('lock.lost')).toEqual([]);
  });

  test('is asked for more again once it has scaled up', async () => {
    let perSecond = 150;
    const world = new World({ latencyMs: 30, wrap: (store, clock) => limited(store, clock, () => perSecond) });
    backlog(world, 20_000);
    runFor(world, 100);
    world.dispatcher('a', { concurrency: 100 });
    world.tick();
    const ended = async (seconds: number) => {
      const before = world.calls.filter(({ answered }) => answered).length;
      await world.clock.advance(seconds * 1_000);
      return (world.calls.filter(({ answered }) => answered).length - before) / seconds;
    };
    await ended(10);
    expect(await ended(5)).toBeLessThanOrEqual(50);
    perSecond = Number.POSITIVE_INFINITY;
    await ended(10);
    // A hundred slots, ten runs a second each.
    expect(await ended(5)).toBeGreaterThan(900);
  });

  test('makes no key be forgotten, however often it is refused', async () => {
    let perSecond = 0;
    const world = new World({
      latencyMs: 30,
      wrap: (store, clock) => {
        const slowed = limited(store, clock, () => perSecond);
        return { ...store, copy: (request) => slowed.copy(request) };
      },
    });
    backlog(world, 20);
    world.dispatcher('a', { concurrency: 10, fullSweepMs: 86_400_000 });
    world.tick();
    await world.clock.advance(50_000);
    expect(world.started).toEqual([]);
    perSecond = Number.POSITIVE_INFINITY;
    await world.clock.advance(5_000);
    expect(world.started).toHaveLength(20);
  });

  test('keeps no running key from its end, though heartbeats and the lock are refused as well', async () => {
    let perSecond = Number.POSITIVE_INFINITY;
    const world = new World({ latencyMs: 30, wrap: (store, clock) => limited(store, clock, () => perSecond) });
    backlog(world, 200);
    runFor(world, 1_200_000);
    world.dispatcher('a', { concurrency: 100 });
    world.tick();
    await world.clock.advance(5_000);
    expect(world.open).toHaveLength(100);
    perSecond = 2;
    await world.pass(1_300_000);
    expect(world.told('key.lost')).toEqual([]);
    expect(world.calls.filter(({ answered }) => answered).length).toBeGreaterThanOrEqual(100);
    expect(world.calls.slice(0, 100).every(({ signal }) => !signal.aborted)).toBe(true);
    perSecond = Number.POSITIVE_INFINITY;
    await world.pass(1_500_000);
    expect(world.names()).toEqual([]);
    expect(world.told('key.lost')).toEqual([]);
  });
});
