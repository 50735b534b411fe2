import { expect, test } from 'vitest';
import type { Clock } from '../../../queue/ports/clock.ts';
import { World } from '../../support/world.ts';

test('a slot is filled the moment its run ends, whatever else is still to be looked at', async () => {
  const world = new World({ latencyMs: 30 });
  world.handler = () => undefined;
  let isBusy = false;
  const held: (() => void)[] = [];
  const { clock } = world;
  /** Of a process that may be so busy that what is to be looked at soon has to wait. */
  const busy: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, task) => clock.after(delayMs, task),
    soon: (task) => (isBusy ? void held.push(task) : clock.soon(task)),
  };
  world.dispatcher('a', { concurrency: 2 }, { store: world.store, clock: busy });
  for (let i = 0; i < 40; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
  world.tick();
  // Short runs, so that keys are leased ahead of the slots.
  for (let i = 0; i < 10; i++) {
    await clock.advance(20);
    world.open[0]?.answer({ kind: 'done' });
  }
  await clock.advance(1_000);
  expect(world.open).toHaveLength(2);
  isBusy = true;
  for (let i = 0; i < 2; i++) {
    const before = world.calls.length;
    world.open[0]?.answer({ kind: 'done' });
    await clock.settle();
    expect(world.calls).toHaveLength(before + 1);
  }
  expect(held.length).toBeGreaterThan(0);
});
