import { describe, expect, test } from 'vitest';
import type { Key } from '../../queue/core/key.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { type Started, start } from '../../queue/start.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { World } from '../support/world.ts';

const signal = new AbortController().signal;

/** Starts a waiting key over a store whose n-th request of a kind meets a fault. */
async function startWith(
  fault: (operation: string, name: string, nth: number) => Fault | undefined,
  meanwhile: (world: World) => Promise<void> = async () => {},
): Promise<{ world: World; started: Started; release: () => Promise<void> }> {
  const world = new World();
  await enqueue(world.context, { key: 'k' as Key, priority: 1, delaySeconds: 0 });
  const found = world.bucket.get('queued/k');
  if (found.kind !== 'ok') throw new Error(found.kind);
  const counts = new Map<string, number>();
  const store = faultyStore(world.store, (operation, name) => {
    const nth = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, nth);
    return fault(operation, name, nth);
  });
  const starting = start(world.contextFor(store), { ...found.object, key: 'k' as Key }, 'a/1', signal);
  await world.clock.settle();
  await meanwhile(world);
  await world.clock.advance(120_000);
  return { world, started: await starting, release: () => store.release() };
}

describe('starting a key', () => {
  test('leases it and takes its entry away: one copy, one delete', async () => {
    const { world, started } = await startWith(() => undefined);
    expect(started.kind).toBe('leased');
    expect(world.names()).toEqual(['in-progress/k']);
    expect(world.operations.slice(1)).toEqual(['copy in-progress/k', 'delete queued/k']);
    expect(world.metadata('in-progress/k')).toMatchObject({ attempts: '1', owner: 'a/1', priority: '00000001' });
  });

  test('a copy whose answer was lost is found to be its own', async () => {
    const { world, started } = await startWith((operation) => (operation === 'copy' ? 'lost answer' : undefined));
    expect(started.kind).toBe('leased');
    expect(world.names()).toEqual(['in-progress/k']);
  });

  test('a copy that was dropped is lost, and the entry stays', async () => {
    const { world, started } = await startWith((operation) => (operation === 'copy' ? 'dropped' : undefined));
    expect(started.kind).toBe('lost');
    expect(world.names()).toEqual(['queued/k']);
  });

  test('a copy that would land late cannot any more', async () => {
    const { world, started, release } = await startWith((operation) => (operation === 'copy' ? 'late' : undefined));
    expect(started.kind).toBe('lost');
    await release();
    expect(world.names()).toEqual(['queued/k']);
  });

  test.for(['lost answer', 'dropped', 'late'] as const)(
    'a delete met by "%s" is made known before the run begins',
    async (fault) => {
      const { world, started, release } = await startWith((operation, _name, nth) =>
        operation === 'delete' && nth === 1 ? fault : undefined,
      );
      expect(started.kind).toBe('leased');
      // An enqueue from here on must not be removed by a delete that was sent before.
      await enqueue(world.context, { key: 'k' as Key, priority: 1, delaySeconds: 0 });
      await release();
      expect(world.names()).toEqual(['in-progress/k', 'queued/k']);
    },
  );

  test('an entry that someone merged into stays, and the key runs again', async () => {
    const { world, started } = await startWith(
      (operation, _name, nth) => (operation === 'delete' && nth === 1 ? 'throttled' : undefined),
      (outer) => enqueue(outer.context, { key: 'k' as Key, priority: 9, delaySeconds: 0 }).then(() => {}),
    );
    expect(started.kind).toBe('leased');
    expect(world.names()).toEqual(['in-progress/k', 'queued/k']);
  });

  test('an entry that is gone may have been started by another, who then has the lease', async () => {
    const { world, started } = await startWith(
      (operation, _name, nth) => (operation === 'delete' && nth === 1 ? 'throttled' : undefined),
      async (outer) => {
        outer.bucket.delete('queued/k', {});
        outer.bucket.insert('in-progress/k', { metadata: { owner: 'b/9' } }, {});
      },
    );
    expect(started.kind).toBe('lost');
    expect(world.metadata('in-progress/k')).toEqual({ owner: 'b/9' });
  });

  test('what cannot be made known is given up, and nothing begins', async () => {
    const { started } = await startWith((operation) => (operation === 'copy' ? undefined : 'dropped'));
    expect(started.kind).toBe('abandoned');
  });

  test('a throttled copy leases nothing', async () => {
    const { world, started } = await startWith((operation) => (operation === 'copy' ? 'throttled' : undefined));
    expect(started.kind).toBe('throttled');
    expect(world.names()).toEqual(['queued/k']);
  });
});

test('a copy that lands late, after everything about it was given up, is found and its key runs', async () => {
  const world = new World();
  let given = false;
  let cut = true;
  const store = faultyStore(world.store, (operation, name) => {
    if (operation === 'copy' && name === 'in-progress/k' && !given) {
      given = true;
      return 'late';
    }
    // The bump that would overtake the copy does not get through either.
    return cut && operation === 'patch' && name === 'queued/k' ? 'dropped' : undefined;
  });
  world.handler = () => undefined;
  world.dispatcher('a', {}, { store, clock: world.clock });
  await world.enqueue('other');
  await world.enqueue('k');
  await world.clock.advance(70_000);
  expect(world.open.map(({ key }) => key)).toEqual(['other']);
  await store.release();
  expect(world.names()).toEqual(['in-progress/k', 'in-progress/other', 'queued/k']);
  // A recovery that does not get through holds up nothing else.
  await world.pass(130_000);
  expect(world.open.map(({ key }) => key)).toEqual(['other']);
  expect(world.told('lock.lost')).toEqual([]);
  cut = false;
  await world.pass(60_000);
  expect(world.told('key.recovered')).toEqual([{ key: 'k' }]);
  expect(world.open.map(({ key, attempt }) => `${key} ${attempt}`)).toEqual(['other 1', 'k 1']);
});
