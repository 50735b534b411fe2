import { describe, expect, test } from 'vitest';
import { auditSince, audited } from '../../queue/audit.ts';
import type { Key } from '../../queue/core/key.ts';
import { drop } from '../../queue/drop.ts';
import { liftFloor } from '../../queue/lift-floor.ts';
import { pauseQueue, readPause, resumeQueue } from '../../queue/pause-queue.ts';
import { redriveAll, type RedriveReport } from '../../queue/redrive-all.ts';
import { release } from '../../queue/release.ts';
import { walkKeys } from '../../queue/walk-keys.ts';
import { type Fault, faultyStore } from '../support/faulty-store.ts';
import { Process } from '../support/process.ts';
import { World } from '../support/world.ts';

const FAULTS: readonly Fault[] = ['lost answer', 'dropped', 'throttled'];

/** The first write is met by a fault. */
function once(world: World, fault: Fault) {
  let met = false;
  const store = faultyStore(world.store, (operation) => {
    if (met || operation === 'get' || operation === 'list') return undefined;
    met = true;
    return fault;
  });
  return world.contextFor(store);
}

async function during<T>(world: World, promise: Promise<T>): Promise<T> {
  let ended = false;
  const done = promise.finally(() => (ended = true));
  done.catch(() => undefined);
  await world.clock.settle();
  while (!ended) await world.clock.advance(50);
  return done;
}

async function recordsOf(world: World) {
  const records = [];
  for await (const record of auditSince(world.store, 0)) records.push(record);
  return records;
}

async function* keys(count: number): AsyncGenerator<Key> {
  for (let i = 0; i < count; i++) yield `k${i}` as Key;
}

describe('the record of an act', () => {
  const act = { verb: 'drop', by: 'ann', reason: 'gone', target: '"k"', count: 1 };

  test('is written before the act, and gets its result after', async () => {
    const world = new World();
    const value = await audited(world.context, act, async () => {
      expect(await recordsOf(world)).toMatchObject([{ ...act, result: undefined, atMs: world.clock.now() }]);
      return { result: 'dropped 1', value: 7 };
    });
    expect(value).toBe(7);
    expect(await recordsOf(world)).toMatchObject([{ ...act, result: 'dropped 1', endedMs: world.clock.now() }]);
  });

  test('stays without a result when the process dies between the two', async () => {
    const world = new World();
    world.bucket.insert('queued/k', { metadata: {} }, {});
    const process = new Process(world);
    process.stopAt = (operation, name) => (operation === 'put' && name.startsWith('audit/') ? 'after' : undefined);
    const context = { ...world.context, store: process.store, clock: process.clock };
    let acted = false;
    void audited(context, act, async () => {
      acted = true;
      return { result: '', value: undefined };
    });
    await world.clock.advance(60_000);
    expect(acted).toBe(false);
    expect(await recordsOf(world)).toMatchObject([{ verb: 'drop', result: undefined }]);
  });

  test.for(FAULTS)('is written once although its write is met by: %s', async (fault) => {
    const world = new World();
    await during(
      world,
      audited(once(world, fault), act, async () => ({ result: 'done', value: 0 })),
    );
    expect(await recordsOf(world)).toMatchObject([{ result: 'done' }]);
  });

  test('that cannot be written means that nothing is done', async () => {
    const world = new World();
    const store = faultyStore(world.store, (operation) => (operation === 'put' ? 'dropped' : undefined));
    let acted = false;
    const attempt = audited(world.contextFor(store), act, async () => {
      acted = true;
      return { result: '', value: 0 };
    });
    await expect(during(world, attempt)).rejects.toThrow('nothing was done');
    expect(acted).toBe(false);
  });

  test('says what an act failed with', async () => {
    const world = new World();
    const attempt = audited(world.context, act, async () => {
      throw new Error('the bucket is gone');
    });
    await expect(attempt).rejects.toThrow('the bucket is gone');
    expect(await recordsOf(world)).toMatchObject([{ result: 'failed: the bucket is gone' }]);
  });

  test('is found by when it was written', async () => {
    const world = new World();
    for (let i = 0; i < 3; i++) {
      await audited(world.context, { ...act, target: String(i) }, async () => ({ result: '', value: 0 }));
      await world.clock.advance(1_000);
    }
    const found: string[] = [];
    for await (const { target } of auditSince(world.store, world.clock.now() - 2_000)) found.push(target);
    expect(found).toEqual(['1', '2']);
  });
});

describe('a pause', () => {
  test.for(FAULTS)('is set, replaced and ended although a write is met by: %s', async (fault) => {
    const world = new World();
    const untilMs = world.clock.now() + 600_000;
    expect(
      await during(world, pauseQueue(once(world, fault), { by: 'ann', reason: 'deploy', untilMs })),
    ).toBeUndefined();
    expect(await readPause(world.context)).toMatchObject({ by: 'ann', reason: 'deploy', untilMs });
    await world.clock.advance(2_000);
    expect(await during(world, pauseQueue(once(world, fault), { by: 'bob' }))).toMatchObject({ by: 'ann' });
    expect(await readPause(world.context)).toMatchObject({ by: 'bob', reason: undefined, untilMs: undefined });
    await world.clock.advance(2_000);
    await during(world, pauseQueue(once(world, fault), { by: 'bob', reason: 'still' }));
    expect(await readPause(world.context)).toMatchObject({ by: 'bob', reason: 'still' });
    await world.clock.advance(2_000);
    const before = await during(world, resumeQueue(once(world, fault)));
    // One that was applied, but not answered, may be met as gone already.
    expect(before).toMatchObject({ by: 'bob' });
    expect(await readPause(world.context)).toBeUndefined();
    expect(await resumeQueue(world.context)).toBeUndefined();
  });

  test('stops all regions within a watch period, accepts everything, and ends everywhere', async () => {
    const world = new World({ regions: ['a', 'b', 'c'] });
    world.handler = () => undefined;
    for (const region of world.regions) world.dispatcher(region, { concurrency: 300 });
    for (let i = 0; i < 30; i++) await world.enqueue(`k${i}`);
    await world.pass(5_000);
    expect(world.open.length).toBe(30);
    await pauseQueue(world.context, { by: 'ann', reason: 'bad deploy' });
    await world.pass(10_500);
    for (const call of world.open) call.answer({ kind: 'done' });
    for (let i = 0; i < 30; i++) await world.enqueue(`later${i}`);
    await world.pass(300_000);
    expect(world.calls.length).toBe(30);
    expect(world.names('queued/').length).toBe(30);
    await resumeQueue(world.context);
    world.tick();
    await world.pass(5_000);
    expect(new Set(world.started.filter((key) => key.startsWith('later'))).size).toBe(30);
  });
});

describe('a release', () => {
  test('aborts the run, gives the attempt back, and the key runs again after that', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher();
    await world.enqueue('k', { priority: 3 });
    await world.clock.settle();
    const [run] = world.open;
    expect(await release(world.context, 'k' as Key, 15_000)).toMatchObject({ kind: 'released' });
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '0', priority: '00000003' });
    expect(world.names('in-progress/')).toEqual([]);
    await world.pass(14_000);
    expect(run?.signal.aborted).toBe(true);
    expect(world.calls.length).toBe(1);
    // The aborted run can settle nothing any more.
    run?.answer({ kind: 'done' });
    await world.pass(60_000);
    expect(world.calls.length).toBe(2);
    expect(world.calls[1]).toMatchObject({ key: 'k', attempt: 1 });
  });

  test('of a key that nobody holds changes nothing', async () => {
    const world = new World();
    await world.enqueue('k');
    expect(await release(world.context, 'k' as Key, 0)).toEqual({ kind: 'not leased' });
    expect(await release(world.context, 'other' as Key, 0)).toEqual({ kind: 'not leased' });
  });

  test('tries again when a heartbeat came between', async () => {
    const world = new World();
    world.bucket.insert('in-progress/k', { metadata: { owner: 'a/1', attempts: '2' } }, {});
    let beats = 0;
    const store = faultyStore(world.store, (operation, name) => {
      if (operation === 'copy' && name === 'queued/k' && beats++ === 0) {
        world.bucket.patch('in-progress/k', { metadata: { 'lease-expiration': '2026-01-01T00:15:00Z' } }, {});
      }
      return undefined;
    });
    expect(await release(world.contextFor(store), 'k' as Key, 0)).toMatchObject({ kind: 'released' });
    expect(beats).toBeGreaterThan(1);
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '1' });
  });
});

describe('a drop', () => {
  test.for(FAULTS)('deletes what was seen although the delete is met by: %s', async (fault) => {
    const world = new World();
    world.bucket.insert('queued/k', { metadata: {} }, {});
    const seen = await world.store.get('queued/k');
    expect(await during(world, drop(once(world, fault), seen!))).toBe('dropped');
    expect(world.names()).toEqual([]);
  });

  test('leaves alone what was touched since', async () => {
    const world = new World();
    world.bucket.insert('queued/k', { metadata: {} }, {});
    const seen = await world.store.get('queued/k');
    await world.enqueue('k', { priority: 1 });
    expect(await drop(world.context, seen!)).toBe('changed');
    expect(world.names()).toEqual(['queued/k']);
  });
});

test('a floor that is lifted lets the key start now; other times stay', async () => {
  const world = new World();
  const later = '2026-01-01T01:00:00Z';
  world.bucket.insert(
    'queued/floor',
    { metadata: { 'not-before': later, 'not-before-floor': 'true', attempts: '1' } },
    {},
  );
  world.bucket.insert('queued/plain', { metadata: { 'not-before': later } }, {});
  await liftFloor(world.context, 'floor' as Key);
  await liftFloor(world.context, 'plain' as Key);
  expect(world.metadata('queued/floor')).toEqual({ attempts: '1' });
  expect(world.metadata('queued/plain')).toEqual({ 'not-before': later });
  expect(await liftFloor(world.context, 'nowhere' as Key)).toBeUndefined();
});

describe('redriving many', () => {
  function worldOf(count: number): World {
    const world = new World();
    for (let i = 0; i < count; i++) {
      world.bucket.insert(
        `dead-letter/k${i}`,
        { metadata: { priority: '00000002', attempts: '9', cause: 'rejected' } },
        {},
      );
    }
    return world;
  }
  const left = (world: World) => world.names('dead-letter/').filter((name) => !world.metadata(name)?.redriven).length;

  test('keeps to the rate, with no burst at the start or after a stall', async () => {
    const world = worldOf(100);
    const startedMs: number[] = [];
    const beganMs = world.clock.monotonic();
    const redriven = redriveAll(world.context, {
      letters: keys(100),
      ratePerSecond: 20,
      onRedriven: async () => void startedMs.push(world.clock.monotonic() - beganMs),
    });
    const report = await during(world, redriven);
    expect(report).toEqual({ redriven: 100, gone: 0 });
    startedMs.forEach((ms, index) => expect(Math.abs(ms - index * 50)).toBeLessThanOrEqual(1));
    expect(world.metadata('queued/k0')).toMatchObject({ attempts: '0', priority: '00000002' });
  });

  test('that is killed midway is taken up by the same call, and queues no key twice', async () => {
    const world = worldOf(60);
    const process = new Process(world);
    let writes = 0;
    // Dies right after a key was queued, before its letter was marked: the worst moment.
    process.stopAt = (operation, name) =>
      operation === 'put' && name.startsWith('queued/') && ++writes === 25 ? 'after' : undefined;
    const context = { ...world.context, store: process.store, clock: process.clock };
    const letters = () => lettersOf(world);
    void redriveAll(context, { letters: letters(), ratePerSecond: 100 });
    await world.clock.advance(10_000);
    expect(process.stopped).toBe(true);
    expect(left(world)).toBeGreaterThan(30);
    const before = world.bucket.get('queued/k0');
    const rest = await during(world, redriveAll(world.context, { letters: letters(), ratePerSecond: 100 }));
    expect(rest.redriven).toBe(60 - 24);
    expect(left(world)).toBe(0);
    expect(world.names('queued/').length).toBe(60);
    expect(world.bucket.get('queued/k0')).toEqual(before);
    expect(await during(world, redriveAll(world.context, { letters: letters() }))).toEqual({ redriven: 0, gone: 0 });
  });

  test('that is interrupted says how far it came', async () => {
    const world = worldOf(50);
    const stop = new AbortController();
    const redriven = redriveAll(world.context, { letters: keys(50), ratePerSecond: 10, signal: stop.signal });
    await world.clock.advance(1_950);
    stop.abort();
    const report: RedriveReport = await during(world, redriven);
    expect(report).toEqual({ redriven: 20, gone: 0, ended: { kind: 'stopped' } });
    expect(left(world)).toBe(30);
  });

  test('ends when the bucket does not answer, and counts what is gone', async () => {
    const world = worldOf(5);
    world.bucket.delete('dead-letter/k1', {});
    const store = faultyStore(world.store, (_, name) => (name === 'dead-letter/k3' ? 'dropped' : undefined));
    const report = await during(world, redriveAll(world.contextFor(store), { letters: keys(5), ratePerSecond: 10 }));
    expect(report).toMatchObject({ redriven: 2, gone: 1, ended: { kind: 'failed' } });
  });
});

async function* lettersOf(world: World): AsyncGenerator<Key> {
  for await (const { key } of walkKeys(world.context, new Set(['dead']))) yield key;
}
