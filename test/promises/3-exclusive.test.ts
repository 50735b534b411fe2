import { describe, expect, test } from 'vitest';
import type { Key } from '../../queue/core/key.ts';
import { settleLease } from '../../queue/settle-lease.ts';
import { start } from '../../queue/start.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { Process } from '../support/process.ts';
import { World } from '../support/world.ts';

const signal = new AbortController().signal;

describe('promise 3, exclusive: one key never has two live leases', () => {
  test('two dispatchers that see the same entry: one leases it, the other is told lost', async () => {
    const world = new World();
    await world.enqueue('k');
    const object = world.bucket.get('queued/k');
    if (object.kind !== 'ok') throw new Error(object.kind);
    const waiting = { ...object.object, key: 'k' as Key };
    const [a, b] = await Promise.all([
      start(world.context, waiting, 'a/1', signal),
      start(world.context, waiting, 'b/1', signal),
    ]);
    expect([a.kind, b.kind].toSorted()).toEqual(['leased', 'lost']);
  });

  test('a key runs in one region at a time, while its twin waits', async () => {
    const world = new World({ regions: ['a', 'b'] });
    world.handler = () => undefined;
    world.dispatcher('a');
    world.dispatcher('b');
    await world.enqueue('k');
    await world.clock.settle();
    await world.enqueue('k');
    await world.pass(200_000);
    expect(world.open.length).toBe(1);
    expect(world.names()).toEqual(['in-progress/k', 'queued/k']);
  });

  test('a dispatcher that slept through its lock does not start what it had leased', async () => {
    const world = new World();
    const sleeper = new Process(world);
    // Asleep from the answer of the delete that would have let the run begin.
    sleeper.stopAt = (operation, name) => (operation === 'delete' && name === 'queued/k' ? 'after' : undefined);
    world.dispatcher('a', {}, sleeper);
    await world.enqueue('k');
    await world.clock.settle();
    expect(sleeper.stopped).toBe(true);
    world.handler = () => undefined;
    world.dispatcher('a#successor');
    await world.pass(90_000);
    expect(world.open.length).toBe(1);
    sleeper.resume();
    await world.clock.settle();
    expect(world.calls.length).toBe(1);
  });

  test('a holder that slept is told at once when it wakes, and cannot settle the key', async () => {
    const world = new World();
    const sleeper = new Process(world);
    world.handler = () => undefined;
    world.dispatcher('a', {}, sleeper);
    await world.enqueue('k');
    await world.clock.settle();
    sleeper.stop();
    world.dispatchers.delete('a');
    world.dispatcher('a#successor');
    await world.pass(90_000);
    const [first, second] = world.calls;
    expect(second?.key).toBe('k');
    first?.answer({ kind: 'done' });
    sleeper.resume();
    await world.clock.advance(2_000);
    expect(first?.signal.aborted).toBe(true);
    expect(second?.signal.aborted).toBe(false);
    expect(world.names()).toEqual(['in-progress/k']);
  });

  test.for(['done', 'failed', 'rejected'] as const)('a stale holder settles nothing: %s', async (kind) => {
    const world = new World();
    await world.enqueue('k');
    const found = world.bucket.get('queued/k');
    if (found.kind !== 'ok') throw new Error(found.kind);
    const started = await start(world.context, { ...found.object, key: 'k' as Key }, 'a/1', signal);
    if (started.kind !== 'leased') throw new Error(started.kind);
    // The lease is taken away and given to another, which has enqueues behind it.
    const gone = world.bucket.get('in-progress/k');
    if (gone.kind !== 'ok') throw new Error(gone.kind);
    world.bucket.delete('in-progress/k', {});
    world.bucket.insert('in-progress/k', { metadata: { ...gone.object.metadata, owner: 'b/7' } }, {});
    await world.enqueue('k');
    const before = world.bucket.list({});
    const entry = started.lease.entry;
    const settlement = {
      done: { kind: 'complete' as const },
      failed: { kind: 'requeue' as const, entry },
      rejected: { kind: 'bury' as const, entry },
    }[kind];
    const held = { key: 'k' as Key, pin: { generation: started.lease.generation } };
    expect(await settleLease(world.context, held, settlement)).toEqual({ kind: 'lost' });
    expect(world.bucket.list({})).toEqual(before);
  });

  test('a lost lease aborts its run within one watch period', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.open.length).toBe(1);
    // As an operator's `release` does.
    world.bucket.delete('in-progress/k', {});
    await world.pass(10_000);
    expect(world.calls[0]?.signal.aborted).toBe(true);
    expect(world.told('key.lost')).toHaveLength(1);
  });

  test('a dispatcher that cannot refresh its lock aborts its runs before anyone else may act', async () => {
    const world = new World();
    let cut = false;
    const store = faultyStore(world.store, () => (cut ? 'dropped' : undefined));
    world.handler = () => undefined;
    world.dispatcher('a', {}, { store, clock: world.clock });
    await world.enqueue('k');
    await world.clock.settle();
    cut = true;
    const lock = world.bucket.get('dispatchers/a');
    const expiresMs = lock.kind === 'ok' ? Date.parse(lock.object.metadata.expires as string) : 0;
    await world.clock.advance(expiresMs - world.clock.now() - 2_000);
    expect(world.calls[0]?.signal.aborted).toBe(true);
  });

  test('an answer to a refresh that comes after the deadline revives nothing', async () => {
    const world = new World();
    const slow = new Process(world);
    world.handler = () => undefined;
    world.dispatcher('a', {}, slow);
    await world.enqueue('k');
    await world.clock.settle();
    slow.stopAt = (operation, name) => (operation === 'patch' && name === 'dispatchers/a' ? 'after' : undefined);
    await world.clock.advance(10_000);
    expect(slow.stopped).toBe(true);
    await world.clock.advance(29_000);
    slow.resume();
    await world.clock.settle();
    expect(world.calls[0]?.signal.aborted).toBe(true);
  });
});
