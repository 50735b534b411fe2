import { expect, test } from 'vitest';
import type { Key } from '../../queue/core/key.ts';
import { keyState } from '../../queue/key-state.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { World } from '../support/world.ts';

const KEY = 'k' as Key;

/** Moves the key's only object about between the reads of a look. */
async function lookWhileMoving(moves: readonly string[]): Promise<string | undefined> {
  const world = new World();
  world.bucket.insert(moves[0] as string, { metadata: {} }, {});
  let reads = 0;
  const store = faultyStore(world.store, () => {
    const to = moves[++reads];
    const from = moves[reads - 1];
    if (to !== undefined && from !== undefined && to !== from) {
      // As the queue does: the new place first, then the old one is left.
      world.bucket.insert(to, { metadata: {} }, {});
      world.bucket.delete(from, {});
    }
    return undefined;
  });
  return (await keyState(world.contextFor(store), KEY))?.status;
}

test.for([
  ['from queued to in progress', ['queued/k', 'in-progress/k', 'in-progress/k']],
  ['from in progress back to queued', ['in-progress/k', 'in-progress/k', 'queued/k', 'queued/k']],
  ['from in progress to queued after the first read', ['in-progress/k', 'in-progress/k', 'queued/k']],
  ['from in progress to dead letter', ['in-progress/k', 'in-progress/k', 'dead-letter/k']],
] as const)('a key that moves %s is not missed', async ([, moves]) => {
  expect(await lookWhileMoving(moves)).toBeDefined();
});

test('a key that is queued and in progress is in progress', async () => {
  const world = new World();
  world.bucket.insert('queued/k', { metadata: { attempts: '0' } }, {});
  world.bucket.insert('in-progress/k', { metadata: { attempts: '3', priority: '00000007' } }, {});
  expect(await keyState(world.context, KEY)).toMatchObject({ status: 'in-progress', attempts: 3, priority: 7 });
});

test('a store that is down is unavailable, never nowhere', async () => {
  const world = new World();
  const store = faultyStore(world.store, () => 'dropped');
  await expect(keyState(world.contextFor(store), KEY)).rejects.toMatchObject({ kind: 'unavailable' });
});
