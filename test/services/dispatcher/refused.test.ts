import { expect, test } from 'vitest';
import { faultyStore } from '../../support/faulty-store.ts';
import { World } from '../../support/world.ts';

test.for(['put', 'copy', 'patch', 'delete'])(
  'a bucket that refuses every %s for a while costs no key and no process',
  async (operation) => {
    const world = new World();
    let refusing = true;
    const store = faultyStore(world.store, (each) => (refusing && each === operation ? 'refused' : undefined));
    world.handler = (call) => ({ kind: 'failed', error: `attempt ${call.attempt}` });
    world.dispatcher('a', { heartbeatMs: 5_000 }, { store, clock: world.clock });
    await world.enqueue('k');
    await world.pass(300_000);
    refusing = false;
    world.handler = () => ({ kind: 'done' });
    await world.pass(1_200_000);
    expect(world.calls.length).toBeGreaterThan(0);
    expect(world.names()).toEqual([]);
  },
);

test('a heartbeat that is refused or throttled does not end its run', async () => {
  const world = new World();
  let faults = 0;
  const store = faultyStore(world.store, (operation, name) => {
    if (operation !== 'patch' || name !== 'in-progress/k') return undefined;
    return faults++ % 2 === 0 ? 'refused' : 'throttled';
  });
  world.handler = () => undefined;
  world.dispatcher('a', {}, { store, clock: world.clock });
  await world.enqueue('k');
  await world.pass(1_800_000);
  expect(faults).toBe(6);
  expect(world.open).toHaveLength(1);
});
