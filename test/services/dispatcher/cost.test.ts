import { describe, expect, test } from 'vitest';
import type { StoreRequest } from '../../../queue/stores/observed.ts';
import { World } from '../../support/world.ts';

/** Requests that cost something: deletes are free, and so is an answer 4xx. */
function paid(requests: readonly StoreRequest[]): number {
  return requests.filter(({ operation, result }) => operation !== 'delete' && result === 'ok').length;
}

describe('what a key costs in requests to the store', () => {
  test('at most 4.05 per key in a warm drain of 2,000 keys, listing included, of which two are paid', async () => {
    const world = new World({ latencyMs: 30 });
    world.dispatcher('a', { concurrency: 100 });
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(20, resolve));
      return { kind: 'done' };
    };
    const warm = world.enqueue('warm');
    await world.clock.advance(1_000);
    await warm;
    const before = world.operations.length;
    const enqueued = Promise.all(Array.from({ length: 2_000 }, (_, i) => world.enqueue(`k${i}`)));
    await world.pass(30_000);
    await enqueued;
    expect(world.started).toHaveLength(2_001);
    expect(world.names()).toEqual([]);
    expect((world.operations.length - before) / 2_000).toBeLessThanOrEqual(4.05);
    expect(paid(world.requests.slice(before)) / 2_000).toBeLessThanOrEqual(2.02);
  });

  test('of a backlog found by a sweep: three per key and the listing', async () => {
    const world = new World();
    for (let i = 0; i < 2_000; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    world.dispatcher('a', { concurrency: 100 });
    world.tick();
    await world.clock.settle();
    expect(world.started).toHaveLength(2_000);
    expect(world.operations.length / 2_000).toBeLessThanOrEqual(3.1);
  });

  test('an idle queue costs one listing a tick, however often it ticks', async () => {
    const world = new World({ latencyMs: 30 });
    world.dispatcher();
    for (let minute = 0; minute < 10; minute++) {
      world.tick();
      await world.clock.advance(60_000);
    }
    // Each begins with what operators did of late, which sorts right before the queue.
    const begins = world.operations.map((each) => each.replace(/^(list audit\/).*/, '$1'));
    expect(begins).toEqual(Array.from({ length: 10 }, () => 'list audit/'));
  });

  test('of an idle queue with delayed keys: a page of a thousand each a tick, and nothing else', async () => {
    const world = new World({ latencyMs: 30 });
    for (let i = 0; i < 10_000; i++) {
      world.bucket.insert(`queued/later ${i}`, { metadata: { 'not-before': '2030-01-01T00:00:00Z' } }, {});
    }
    world.dispatcher();
    const costOf = async () => {
      const before = world.requests.length;
      world.tick();
      await world.clock.advance(60_000);
      return world.requests.slice(before);
    };
    await costOf();
    const second = await costOf();
    expect(new Set(second.map(({ operation }) => operation))).toEqual(new Set(['list']));
    // Where ranges meet, and behind the last name, a page may be begun for nothing.
    expect(second.length).toBeLessThanOrEqual(10 + 8);
  });

  test('a deep queue that does not fit into memory: a listing for twenty starts at most, the first sweep included', async () => {
    const world = new World({ latencyMs: 30 });
    for (let i = 0; i < 25_000; i++) {
      world.bucket.insert(`queued/k${i}`, { metadata: { 'first-queued': String(i) } }, {});
    }
    world.dispatcher('a', { concurrency: 100, candidates: 2_000 });
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(500, resolve));
      return { kind: 'done' };
    };
    world.tick();
    await world.clock.advance(20_000);
    const listings = world.requests.filter(({ operation }) => operation === 'list').length;
    expect(world.started.length).toBeGreaterThan(3_500);
    expect(listings / world.started.length).toBeLessThanOrEqual(1 / 20);
  });

  test('a hint starts its key without any listing of what is queued, however much that is', async () => {
    const world = new World();
    for (let i = 0; i < 10_000; i++) {
      world.bucket.insert(`queued/later ${i}`, { metadata: { 'not-before': '2030-01-01T00:00:00Z' } }, {});
    }
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.started).toEqual(['k']);
    expect(world.operations.filter((operation) => operation.startsWith('list'))).toEqual(['list in-progress/']);
    // Insert; lock; leases and pause; copy and delete; complete; unlock.
    expect(world.operations).toHaveLength(8);
  });

  test('10,000 queued keys do not slow the start of the next one', async () => {
    const startOf = async (backlog: number) => {
      const world = new World({ latencyMs: 30 });
      for (let i = 0; i < backlog; i++) world.bucket.insert(`queued/low ${i}`, { metadata: {} }, {});
      world.dispatcher('a', { concurrency: 50 });
      world.handler = async () => {
        await new Promise<void>((resolve) => world.clock.after(100, resolve));
        return { kind: 'done' };
      };
      world.tick();
      await world.clock.advance(backlog === 0 ? 0 : 3_000);
      const calledMs = world.clock.now();
      const enqueued = world.enqueue('next', { priority: 1 });
      await world.clock.advance(2_000);
      await enqueued;
      return (world.calls.find(({ key }) => key === 'next')?.atMs ?? Number.POSITIVE_INFINITY) - calledMs;
    };
    const idle = await startOf(0);
    const deep = await startOf(10_000);
    // On an idle queue the lock is acquired first; under a backlog at most one run of 100 ms is waited for.
    expect(deep).toBeLessThanOrEqual(idle + 100);
  });

  test('a deep queue is listed in ranges side by side: the first time by guess, then by what that has taught', async () => {
    const world = new World({ latencyMs: 30 });
    const later = { 'not-before': '2030-01-01T00:00:00Z' };
    for (let i = 0; i < 60_000; i++) {
      // Names whose order differs between UTF-16 and UTF-8 lie on both sides of the cuts.
      const name = `queued/${i % 2 === 0 ? '\u{1f600}' : '\uffff'}${i}`;
      world.bucket.insert(name, { metadata: later }, {});
    }
    world.dispatcher('a', { fullSweepMs: 0 });
    const sweepMs = async () => {
      const before = world.told('sweep.done').length;
      world.tick();
      await world.clock.advance(5_000);
      return world.told('sweep.done')[before];
    };
    const first = await sweepMs();
    // One page after the other would take 60 times 30 ms.
    expect(first?.tookMs).toBeLessThanOrEqual(35 * 30);
    const second = await sweepMs();
    // One page, then a seventh of the others after one another.
    expect(second?.tookMs).toBeLessThanOrEqual(11 * 30);
    // The name at the end of the first page is listed twice.
    expect([first?.listed, second?.listed]).toEqual([60_001, 60_001]);
  });

  test('memory is bounded: of a deep queue the best are kept, and the rest is found by later sweeps', async () => {
    const world = new World();
    for (let i = 0; i < 5_000; i++) {
      const metadata = { priority: String(i % 10), 'first-queued': String(i) };
      world.bucket.insert(`queued/k${i}`, { metadata }, {});
    }
    world.dispatcher('a', { concurrency: 10, candidates: 200 });
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(10, resolve));
      return { kind: 'done' };
    };
    world.tick();
    await world.pass(120_000);
    expect(new Set(world.started).size).toBe(5_000);
    const listings = world.operations.filter((operation) => operation.startsWith('list')).length;
    expect(listings).toBeLessThan(400);
  });

  test('the first start of a cold dispatcher takes five round trips, however deep the queue is', async () => {
    for (const keys of [1, 50_000]) {
      const world = new World({ latencyMs: 30 });
      for (let i = 0; i < keys; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
      world.dispatcher();
      const calledMs = world.clock.now();
      world.tick();
      await world.clock.advance(1_000);
      // A page, the lock, leases and pause, copy, delete.
      expect((world.calls[0]?.atMs ?? Number.NaN) - calledMs).toBe(5 * 30);
    }
  });
});

describe('an idle queue', () => {
  const delayed = (world: World, count: number, afterMs: number) => {
    const due = new Date(world.clock.now() + afterMs).toISOString();
    for (let i = 0; i < count; i++) {
      world.bucket.insert(`queued/later ${String(i).padStart(6, '0')}`, { metadata: { 'not-before': due } }, {});
    }
  };
  const DAY_MS = 86_400_000;
  const MONTH_OF_HOURS = 30 * 24;

  test('that holds 10,000 keys for later costs less than 100,000 paid requests a month', async () => {
    const world = new World();
    delayed(world, 10_000, DAY_MS);
    world.dispatcher();
    await world.pass(3_600_000);
    const before = world.requests.length;
    await world.pass(3_600_000);
    const paid = world.requests.slice(before).filter(({ operation }) => operation !== 'delete');
    expect(paid.length * MONTH_OF_HOURS).toBeLessThan(100_000);
  });

  test('starts keys at their time, though its ticks do not list them', async () => {
    const world = new World();
    delayed(world, 3_000, DAY_MS);
    const due = new Date(world.clock.now() + 330_000).toISOString();
    world.bucket.insert('queued/z', { metadata: { 'not-before': due } }, {});
    world.dispatcher('a', { fullSweepMs: 86_400_000 });
    await world.pass(370_000);
    expect(world.started).toEqual(['z']);
  });

  test('starts a key that is delayed by minutes at its time, however deep the queue is', async () => {
    const world = new World();
    delayed(world, 30_000, DAY_MS);
    world.dispatcher();
    await world.pass(60_000);
    await world.enqueue('z', { delaySeconds: 300 });
    await world.enqueue('zz', { delaySeconds: 1_200 });
    await world.pass(360_000);
    expect(world.started).toEqual(['z']);
    await world.pass(900_000);
    expect(world.started).toEqual(['z', 'zz']);
  });

  test('that met a key without a hint lists everything with each tick, until there is none', async () => {
    const world = new World();
    delayed(world, 5_000, DAY_MS);
    world.dispatcher();
    await world.pass(60_000);
    const waits: number[] = [];
    for (let minute = 0; minute < 15; minute++) {
      const insertedMs = world.clock.now();
      world.bucket.insert(`queued/z${minute}`, { metadata: {} }, {});
      await world.pass(60_000);
      waits.push((world.calls.find(({ key }) => key === `z${minute}`)?.atMs ?? Number.POSITIVE_INFINITY) - insertedMs);
    }
    // The first ones wait for the sweep of five pages in six minutes, all others for the next tick.
    expect(waits.slice(6).every((waitedMs) => waitedMs <= 60_000)).toBe(true);
    await world.pass(180_000);
    expect(world.told('sweep.done').at(-1)?.extent).toBe('leases');
  });

  test('that met one in the page which every tick lists does so at once', async () => {
    const world = new World();
    delayed(world, 30_000, DAY_MS);
    world.dispatcher();
    await world.pass(60_000);
    world.bucket.insert('queued/a', { metadata: {} }, {});
    world.bucket.insert('queued/z', { metadata: {} }, {});
    await world.pass(63_000);
    expect(world.started.toSorted()).toEqual(['a', 'z']);
  });

  test('does not take keys that were left out for want of room for keys without a hint', async () => {
    const world = new World();
    for (let i = 0; i < 5_000; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    delayed(world, 5_000, DAY_MS);
    world.handler = () => undefined;
    world.dispatcher('a', { candidates: 1_000 });
    await world.pass(1_800_000);
    // Of thirty ticks one in ten.
    expect(world.told('sweep.done').filter(({ extent }) => extent === 'all').length).toBeLessThanOrEqual(4);
  });

  test('finds a key that came without a hint by the next full sweep, ten minutes later at most', async () => {
    const world = new World();
    delayed(world, 30_000, DAY_MS);
    world.dispatcher();
    await world.pass(60_000);
    world.bucket.insert('queued/z', { metadata: {} }, {});
    await world.pass(660_000);
    expect(world.started).toEqual(['z']);
  });

  test('lists all leases with every tick: who was lost is found in a minute', async () => {
    const world = new World();
    delayed(world, 3_000, DAY_MS);
    // Letters fill the first page.
    for (let i = 0; i < 1_100; i++) world.bucket.insert(`dead-letter/k${i}`, { metadata: {} }, {});
    world.dispatcher('a', { fullSweepMs: DAY_MS });
    await world.pass(60_000);
    for (let i = 0; i < 1_500; i++) {
      world.bucket.insert(`in-progress/k${String(i).padStart(4, '0')}`, { metadata: { owner: 'gone' } }, {});
    }
    await world.pass(120_000);
    expect(new Set(world.started).size).toBe(1_500);
  });

  test('that has handed over knows nothing of what waits any more', async () => {
    const world = new World();
    delayed(world, 3_000, DAY_MS);
    world.handler = () => undefined;
    const one = world.dispatcher('a#1', { handoverMs: 1_000, fullSweepMs: 86_400_000 });
    await world.enqueue('long');
    await world.pass(60_000);
    world.dispatchers.clear();
    const two = world.dispatcher('a#2', { handoverMs: 1_000 });
    await world.enqueue('next');
    await world.clock.advance(30_000);
    world.handler = () => ({ kind: 'done' });
    await two.stop(0);
    world.bucket.insert('queued/z', { metadata: {} }, {});
    world.dispatchers.clear();
    world.dispatchers.set('a#1', one);
    await world.pass(120_000);
    expect(world.started).toContain('z');
  });
});
