import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import type { Key } from '../../queue/core/key.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { keyState } from '../../queue/key-state.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore, StoredObject } from '../../queue/ports/object-store.ts';
import { redrive } from '../../queue/redrive.ts';
import { Dispatch } from '../support/dispatch.ts';
import { ODD_KEYS } from '../support/odd-keys.ts';

export interface ConformanceTarget {
  /** An empty bucket's store. */
  open(clock: Clock): Promise<{ store: ObjectStore; close(): Promise<void> }>;
  /** How many objects to make where the number matters. A real bucket takes its time. */
  readonly many: number;
}

/** The queue's behaviour as far as it depends on the store: the same for every store, or the store lies. */
export function queueConformance(name: string, target: ConformanceTarget): void {
  describe(`the queue on ${name}`, () => {
    let opened: Awaited<ReturnType<ConformanceTarget['open']>>;
    let world: Dispatch;

    beforeEach(async () => {
      world = await Dispatch.open(async (clock) => {
        opened = await target.open(clock);
        return opened.store;
      });
    });
    afterEach(async () => {
      await world.close();
      await opened.close();
    });

    const put = (key: string, wish: Partial<Enqueue> = {}) =>
      enqueue(world.context, { key: key as Key, priority: 0, delaySeconds: 0, ...wish });
    const state = (key: string) => keyState(world.context, key as Key);
    const get = (object: string): Promise<StoredObject | undefined> => world.store.get(object);

    test('an enqueued key is processed and leaves nothing behind', async () => {
      await put('k');
      await world.drain();
      expect(world.started).toEqual(['k']);
      expect(await world.names()).toEqual([]);
    });

    test('enqueues of one key at once make one entry', async () => {
      const kinds = await world.during(Promise.all(Array.from({ length: 5 }, () => put('k'))));
      expect(kinds.filter(({ kind }) => kind === 'queued')).toHaveLength(1);
      await world.drain();
      expect(world.started).toEqual(['k']);
    });

    test('the highest priority and the earliest time win', async () => {
      await put('k', { priority: 5, delaySeconds: 3_600 });
      await world.during(put('k', { priority: 3, delaySeconds: 600 }));
      await world.during(put('k', { priority: 4, delaySeconds: 1_200 }));
      const { priority, notBeforeMs } = (await state('k')) ?? {};
      expect(priority).toBe(5);
      expect(Math.abs((notBeforeMs ?? 0) - world.clock.now() - 600_000)).toBeLessThan(120_000);
    });

    test('higher priorities start first', async () => {
      for (const [key, priority] of [
        ['low', 1],
        ['high', 99_999_999],
        ['middle', 50],
      ] as const) {
        await put(key, { priority });
      }
      await world.drain({ concurrency: 1 });
      expect(world.started).toEqual(['high', 'middle', 'low']);
    });

    test('a delayed key starts at its time, and not before', async () => {
      await put('k', { delaySeconds: 3_600 });
      await world.drain();
      expect(world.started).toEqual([]);
      expect(await state('k')).toMatchObject({ status: 'queued' });
      await world.skip(3_600_000);
      await world.drain();
      expect(world.started).toEqual(['k']);
    });

    test('a floor holds against enqueues, a plain requeue does not', async () => {
      world.answer = ({ key }) => ({ kind: 'requeue', delayMs: 1_800_000, floor: key === 'floor' });
      await put('floor');
      await put('plain');
      await world.drain();
      await world.during(put('floor'));
      await world.during(put('plain'));
      world.answer = () => ({ kind: 'done' });
      await world.drain();
      expect(world.started.toSorted()).toEqual(['floor', 'plain', 'plain']);
      await world.skip(1_800_000);
      await world.drain();
      expect(await world.names()).toEqual([]);
    });

    test('failures wait longer and longer, and end as a dead letter with its cause', async () => {
      world.answer = () => ({ kind: 'failed', error: 'boom' });
      await put('k', { priority: 7 });
      await world.drain({ maxAttempts: 2 });
      const waiting = await state('k');
      expect(waiting).toMatchObject({ status: 'queued', attempts: 1 });
      expect((waiting?.notBeforeMs ?? 0) - world.clock.now()).toBeGreaterThan(15_000);
      await world.skip(120_000);
      await world.drain({ maxAttempts: 2 });
      expect(await state('k')).toMatchObject({ status: 'dead-letter', attempts: 2, priority: 7 });
      expect((await get('dead-letter/k'))?.metadata).toMatchObject({ cause: 'exhausted', 'last-error': 'boom' });
    });

    test('a key that is touched while it runs is queued and in progress, and runs again', async () => {
      world.answer = () => undefined;
      await put('k');
      const dispatcher = world.start();
      await world.until(() => world.open.length === 1);
      await world.during(put('k'));
      expect(await state('k')).toMatchObject({ status: 'in-progress' });
      expect((await world.names()).toSorted()).toEqual(['in-progress/k', 'queued/k']);
      world.answer = () => ({ kind: 'done' });
      world.open[0]?.answer({ kind: 'failed', error: 'boom' });
      await world.until(() => world.started.length === 2);
      await world.stop(dispatcher);
      expect(world.calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    });

    test('a dead letter is redriven, and goes when its key completes', async () => {
      world.answer = () => ({ kind: 'rejected', reason: 'no' });
      await put('k');
      await world.drain();
      expect(await state('k')).toMatchObject({ status: 'dead-letter' });
      world.answer = () => ({ kind: 'done' });
      await world.during(redrive(world.context, 'k' as Key));
      await world.drain();
      expect(await world.names()).toEqual([]);
    });

    test('a lease that is taken away aborts its run, which then settles nothing', async () => {
      world.answer = () => undefined;
      await put('k');
      const dispatcher = world.start();
      await world.until(() => world.open.length === 1);
      const leased = await get('in-progress/k');
      await world.store.delete('in-progress/k', { generation: leased?.generation ?? '' });
      await world.until(() => world.calls[0]?.signal.aborted === true);
      await world.stop(dispatcher);
      expect(await world.names()).toEqual([]);
    });

    test('what a lost dispatcher held is given back, attempts unspent', async () => {
      world.answer = () => undefined;
      await put('k');
      world.start();
      await world.until(() => world.open.length === 1);
      world.kill();
      await world.skip(40_000);
      world.answer = () => ({ kind: 'done' });
      await world.drain();
      expect(world.calls.map(({ attempt }) => attempt)).toEqual([1, 1]);
      expect(await world.names()).toEqual([]);
    });

    test('keys with every odd character', async () => {
      await world.during(Promise.all(ODD_KEYS.map((key) => put(key))));
      expect((await state(ODD_KEYS[0] as string))?.key).toBe(ODD_KEYS[0]);
      await world.drain({ concurrency: 20 });
      expect(world.started.toSorted()).toEqual([...ODD_KEYS].toSorted());
      expect(await world.names()).toEqual([]);
    });

    test(`${target.many} keys, found by a paged listing`, async () => {
      const keys = Array.from({ length: target.many }, (_, i) => `key ${i}`);
      const queue = [...keys];
      const worker = async () => {
        for (let key = queue.pop(); key !== undefined; key = queue.pop()) await put(key);
      };
      await world.during(Promise.all(Array.from({ length: 32 }, worker)));
      await world.drain({ concurrency: 50 });
      expect(new Set(world.started)).toEqual(new Set(keys));
      expect(await world.names()).toEqual([]);
    });

    test('a key that is nowhere has no state', async () => {
      expect(await state('nobody')).toBeUndefined();
    });
  });
}
