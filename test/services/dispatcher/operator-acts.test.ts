import { describe, expect, test } from 'vitest';
import { auditName, encodeAct } from '../../../queue/core/audit.ts';
import { Sweeper } from '../../../services/dispatcher/sweep.ts';
import { World } from '../../support/world.ts';

/** Leaves the record of an act, as a command on some operator's machine does. */
function leave(world: World, atMs: number, verb: string, id = 'id'): void {
  const metadata = encodeAct({ verb, by: 'ann', target: 'k' });
  world.bucket.insert(auditName(atMs, id), { metadata });
}

const verbs = (world: World) => world.told('operator.acted').map(({ verb }) => verb);

describe('what operators did', () => {
  test('is told by the first region alone', async () => {
    const world = new World({ regions: ['a', 'b'] });
    for (const region of world.regions) world.dispatcher(region);
    leave(world, world.clock.now(), 'pause');
    await world.pass(180_000);
    expect(verbs(world)).toEqual(['pause']);
  });

  test('before this process began is not told: another one has', async () => {
    const world = new World();
    leave(world, world.clock.now() - 1, 'pause');
    world.dispatcher();
    await world.pass(60_000);
    expect(verbs(world)).toEqual([]);
  });

  test('is told by clocks that are late, and behind one that runs ahead', async () => {
    const world = new World();
    world.dispatcher();
    await world.pass(120_000);
    leave(world, world.clock.now() + 3_600_000, 'ahead');
    await world.pass(60_000);
    leave(world, world.clock.now() - 30_000, 'late');
    await world.pass(120_000);
    expect(verbs(world)).toEqual(['ahead', 'late']);
  });

  test('does not hide the queue behind a page full of it, nor its pause', async () => {
    const world = new World();
    world.dispatcher();
    const nowMs = world.clock.now();
    for (let index = 0; index < 2_500; index++) leave(world, nowMs + index, 'drop', String(index));
    world.bucket.insert('queued/k', { metadata: {} });
    world.bucket.insert('control/pause', { metadata: {} });
    const pauses: string[] = [];
    const sweeper = new Sweeper(world.contextFor(world.store), { region: 'a', regions: ['a'] });
    await sweeper.sweep('leases', ({ pause }) => void (pause && pauses.push(pause.name)));
    expect(pauses).toEqual(['control/pause']);
    const told = verbs(world).length;
    expect(told).toBe(2_500);
    await world.pass(120_000);
    expect(verbs(world).length).toBe(2_500 + told);
    expect(world.started).toEqual([]);
    world.bucket.delete('control/pause');
    await world.pass(120_000);
    expect(world.started).toEqual(['k']);
    expect(verbs(world).length).toBe(2_500 + told);
  });
});
