import { expect, test } from 'vitest';
import { CensusTaker } from '../../queue/census.ts';
import { World } from '../support/world.ts';

function worldOf(queued: number, dead = 0): World {
  const world = new World();
  world.bucket.insert('in-progress/k00001', { metadata: { owner: 'a/1' } }, {});
  for (let i = 0; i < queued; i++) {
    world.bucket.insert(`queued/k${String(i).padStart(5, '0')}`, { metadata: {} }, {});
  }
  for (let i = 0; i < dead; i++) world.bucket.insert(`dead-letter/d${i}`, { metadata: {} }, {});
  return world;
}

test('a census of 10,000 keys costs a request a thousand, and none a key', async () => {
  const world = worldOf(10_000, 2_500);
  const census = await new CensusTaker(world).take();
  expect(census.counts).toEqual({ eligible: 9_999, waiting: 0, touched: 1, running: 1, dead: 2_500, redriven: 0 });
  expect(world.requests.length).toBe(1 + 1 + 10 + 3);
  expect(new Set(world.requests.map(({ operation }) => operation))).toEqual(new Set(['list']));
});

test('taken again, the queue is listed in ranges side by side, and each key is met once', async () => {
  const world = new World({ latencyMs: 100 });
  for (let i = 0; i < 9_500; i++) world.bucket.insert(`queued/${i}/é`, { metadata: {} }, {});
  const taker = new CensusTaker(world);
  const timed = async () => {
    const keys: string[] = [];
    const beganMs = world.clock.monotonic();
    let tookMs = 0;
    const taken = taker.take(({ key }) => keys.push(key)).then(() => (tookMs = world.clock.monotonic() - beganMs));
    await world.clock.advance(5_000);
    await taken;
    return { keys, tookMs };
  };
  const first = await timed();
  const second = await timed();
  expect(first.tookMs).toBe(1_100);
  expect(second.tookMs).toBeLessThanOrEqual(400);
  for (const { keys } of [first, second]) {
    expect(keys.length).toBe(9_500);
    expect(new Set(keys).size).toBe(9_500);
  }
});
