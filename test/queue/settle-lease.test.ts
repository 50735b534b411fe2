import { describe, expect, test } from 'vitest';
import { encodeEntry } from '../../queue/core/entry.ts';
import type { Key } from '../../queue/core/key.ts';
import type { Settlement } from '../../queue/core/settle.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { settleLease } from '../../queue/settle-lease.ts';
import { start } from '../../queue/start.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { World } from '../support/world.ts';

const FAULTS: readonly Fault[] = ['lost answer', 'dropped', 'late', 'throttled'];
const KEY = 'k' as Key;

async function leased(
  twin: boolean,
): Promise<{ world: World; generation: string; settlements: Record<string, Settlement> }> {
  const world = new World();
  await enqueue(world.context, { key: KEY, priority: 1, delaySeconds: 0 });
  const found = world.bucket.get('queued/k');
  if (found.kind !== 'ok') throw new Error(found.kind);
  const started = await start(world.context, { ...found.object, key: KEY }, 'a/1', new AbortController().signal);
  if (started.kind !== 'leased') throw new Error(started.kind);
  if (twin) await enqueue(world.context, { key: KEY, priority: 2, delaySeconds: 0 });
  const entry = { ...started.lease.entry, owner: undefined, leaseExpirationMs: undefined, lastError: 'boom' };
  const settlements: Record<string, Settlement> = {
    complete: { kind: 'complete' },
    requeue: { kind: 'requeue', entry },
    bury: { kind: 'bury', entry: { ...entry, cause: 'rejected', failedMs: world.clock.now() } },
  };
  return { world, generation: started.lease.generation, settlements };
}

const expected: Record<string, string[]> = {
  complete: [],
  requeue: ['queued/k'],
  bury: ['dead-letter/k'],
  'complete twin': ['queued/k'],
  'requeue twin': ['queued/k'],
  'bury twin': ['dead-letter/k', 'queued/k'],
};

describe.for(['complete', 'requeue', 'bury'])('to %s', (kind) => {
  describe.for([false, true])('with a twin waiting: %s', (twin) => {
    test.for(FAULTS)('comes out the same with any one write met by: %s', async (fault) => {
      for (let faulty = 1, met = true; met; faulty++) {
        const { world, generation, settlements } = await leased(twin);
        let writes = 0;
        met = false;
        const store = faultyStore(world.store, (operation) => {
          if (operation === 'get' || ++writes !== faulty) return undefined;
          met = true;
          return fault;
        });
        const held = { key: KEY, pin: { generation } };
        const settling = settleLease(world.contextFor(store), held, settlements[kind] as Settlement);
        await world.clock.advance(60_000);
        expect((await settling).kind, `write ${faulty}`).toBe('settled');
        await store.release();
        expect(world.names(), `write ${faulty}`).toEqual(expected[twin ? `${kind} twin` : kind]);
      }
    });

    test('settles nothing when the lease is another one', async () => {
      const { world, settlements } = await leased(twin);
      const before = world.bucket.list({});
      const settled = await settleLease(
        world.context,
        { key: KEY, pin: { generation: '1' } },
        settlements[kind] as Settlement,
      );
      expect(settled).toEqual({ kind: 'lost' });
      expect(world.bucket.list({})).toEqual(before);
    });
  });
});

test('a merge into a twin is always a write, even if it changes nothing', async () => {
  const { world, generation, settlements } = await leased(false);
  // The entry a recovery finds beside the lease, when the starter was paused before its delete.
  const before = world.bucket.insert(
    'queued/k',
    { metadata: { priority: '00000001', attempts: '1', 'last-error': 'boom' } },
    {},
  );
  await settleLease(world.context, { key: KEY, pin: { generation } }, settlements.requeue as Settlement);
  const after = world.bucket.get('queued/k');
  if (before.kind !== 'ok' || after.kind !== 'ok') throw new Error('no entry');
  expect(after.object.generation).toBe(before.object.generation);
  expect(Number(after.object.metageneration)).toBe(Number(before.object.metageneration) + 1);
});

test('the holder of a lease that another took while it looked at the twin does not touch the twin', async () => {
  const { world, generation, settlements } = await leased(true);
  let looked = 0;
  const store = faultyStore(world.store, (operation, name) => {
    // Between the reads and the patch, a recovery requeues the key and another run starts and is touched.
    if (operation === 'patch' && name === 'queued/k' && looked++ === 0) {
      const twin = world.bucket.get('queued/k');
      if (twin.kind === 'ok')
        world.bucket.patch('queued/k', { metadata: { ...twin.object.metadata, bump: 'recovered' } }, {});
      world.bucket.delete('in-progress/k', {});
    }
    return undefined;
  });
  const settled = await settleLease(
    world.contextFor(store),
    { key: KEY, pin: { generation } },
    settlements.requeue as Settlement,
  );
  expect(settled).toEqual({ kind: 'lost' });
  expect(world.metadata('queued/k')).toMatchObject({ attempts: '0', bump: 'recovered' });
});

test('the dead letter of another run is not taken for the one to be written, not even with the same fence', async () => {
  // A run that was touched in the midst of its start leaves the entry behind. Started by a clock that is behind, it may get the same fence.
  const { world, generation, settlements } = await leased(false);
  const bury = settlements.bury as Extract<Settlement, { kind: 'bury' }>;
  const older = { ...bury.entry, priority: 0, lastError: 'the run before' };
  world.bucket.insert('dead-letter/k', { metadata: encodeEntry(older) }, {});
  const settled = await settleLease(world.context, { key: KEY, pin: { generation } }, bury);
  expect(settled).toEqual({ kind: 'settled' });
  expect(world.metadata('dead-letter/k')).toMatchObject({ 'last-error': 'boom', priority: '00000001' });
});

test('a holder whose lock is live does not give up settling, however long the bucket refuses: a failure stays counted', async () => {
  const { world, generation, settlements } = await leased(false);
  let throttled = true;
  const store = faultyStore(world.store, (operation) => (throttled && operation === 'copy' ? 'throttled' : undefined));
  const { signal } = new AbortController();
  const held = { key: KEY, pin: { generation } };
  const settling = settleLease(world.contextFor(store), held, settlements.requeue as Settlement, signal);
  await world.clock.advance(600_000);
  expect(world.names()).toEqual(['in-progress/k']);
  throttled = false;
  await world.clock.advance(10_000);
  expect(await settling).toMatchObject({ kind: 'settled' });
  expect(world.metadata('queued/k')).toMatchObject({ attempts: '1', 'last-error': 'boom' });
});
