import { describe, expect, test } from 'vitest';
import { World } from '../support/world.ts';

describe('promise 8, order is best effort', () => {
  test('higher priority first, then longest eligible first', async () => {
    const world = new World();
    for (const [key, priority] of [
      ['b-low-old', 1],
      ['a-low-new', 1],
      ['z-high', 9],
      ['m-middle', 5],
    ] as const) {
      await world.enqueue(key, { priority });
      await world.clock.advance(1_000);
    }
    world.dispatcher('a', { concurrency: 1 });
    world.tick();
    await world.clock.advance(1_000);
    expect(world.started).toEqual(['z-high', 'm-middle', 'b-low-old', 'a-low-new']);
  });

  test('a backlog of low priority does not delay a new high-priority key by more than one run', async () => {
    const world = new World({ latencyMs: 30 });
    for (let i = 0; i < 300; i++) world.bucket.insert(`queued/low ${i}`, { metadata: { priority: '00000001' } }, {});
    world.dispatcher('a', { concurrency: 2 });
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(100, resolve));
      return { kind: 'done' };
    };
    world.tick();
    await world.clock.advance(5_000);
    const before = world.calls.length;
    const urgent = world.enqueue('urgent', { priority: 9 });
    await world.clock.advance(400);
    await urgent;
    // Insert, hint, copy and delete take 90 ms, and then at most one run of 100 ms is waited for.
    const position = world.started.indexOf('urgent') - before;
    expect(position).toBeGreaterThanOrEqual(0);
    expect(position).toBeLessThanOrEqual(6);
  });
});
