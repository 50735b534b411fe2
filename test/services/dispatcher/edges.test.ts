import { describe, expect, test } from 'vitest';
import type { Key } from '../../../queue/core/key.ts';
import { preferredRegion } from '../../../queue/core/preference.ts';
import { Bucket } from '../../../queue/stores/bucket.ts';
import { memoryStore } from '../../../queue/stores/memory.ts';
import { Dispatcher } from '../../../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../../../services/dispatcher/settings.ts';
import type { Answer } from '../../../services/rpc/reconciler-port.ts';
import { faultyStore } from '../../support/faulty-store.ts';
import { World } from '../../support/world.ts';

/** What an adversarial reading of the dispatcher found, each with its own test. */

const unreachable: Answer = { outcome: { kind: 'unreachable', error: 'x' }, started: false };
const wish = (key: string) => ({ key: key as Key, priority: 0, delaySeconds: 0 });

describe('keys that a reconciler asks for', () => {
  test('are not lost, nor their parent, when the lock is lost while they are queued', async () => {
    const world = new World();
    let cut = false;
    const store = faultyStore(world.store, (_operation, name) =>
      cut && (name === 'queued/x' || name === 'dispatchers/a') ? 'dropped' : undefined,
    );
    world.handler = () => undefined;
    world.dispatcher('a', {}, { store, clock: world.clock });
    await world.enqueue('k');
    await world.clock.settle();
    cut = true;
    world.open[0]?.answer({ kind: 'enqueue', keys: [wish('x')] });
    await world.clock.advance(60_000);
    expect(world.names()).not.toEqual([]);
    cut = false;
    world.handler = () => ({ kind: 'done' });
    await world.pass(180_000);
    expect(world.started.filter((key) => key === 'k')).toHaveLength(2);
  });

  test('start as they are queued, not when all are', async () => {
    const world = new World({ latencyMs: 50 });
    world.dispatcher('a', { concurrency: 10 });
    const keys = Array.from({ length: 2_000 }, (_, index) => wish(`c${index}`));
    world.handler = (call) => (call.key === 'p' ? { kind: 'enqueue', keys } : { kind: 'done' });
    void world.enqueue('p');
    await world.clock.advance(2_000);
    expect(world.told('key.queued').length).toBeLessThan(2_000);
    expect(world.started.length).toBeGreaterThan(100);
  });

  test('whose hint hangs do not keep their parent from being settled', async () => {
    const world = new World({ regions: ['a', 'b'] });
    const of = (region: string) =>
      Array.from({ length: 50 }, (_, index) => `k${index}`).find((key) => preferredRegion(key, ['a', 'b']) === region);
    world.handler = () => ({ kind: 'enqueue', keys: [wish(of('b') as string)] });
    const dispatcher = new Dispatcher({
      context: world.context,
      settings: { ...DEFAULT_SETTINGS, queue: 't', region: 'a', regions: ['a', 'b'], concurrency: 2 },
      reconciler: {
        process: async () => ({ outcome: world.handler({} as never) as never, started: true }),
        close() {},
      },
      publish: () => new Promise(() => {}),
    });
    await world.enqueue(of('a') as string);
    void dispatcher.trigger({ kind: 'tick' });
    await world.clock.advance(1_000);
    expect(world.names('in-progress/')).toEqual([]);
  });
});

describe('what others wrote', () => {
  test.for([`${'x'.repeat(1100)}/1`, 'a\nb/1', '../1', 'A/1'])(
    'an owner such as %j does not stop the region',
    async (owner) => {
      const world = new World();
      world.bucket.insert('in-progress/h', { metadata: { owner } }, {});
      world.dispatcher();
      await world.enqueue('k');
      await world.pass(180_000);
      expect(world.started.toSorted()).toEqual(['h', 'k']);
    },
  );

  test('a caller that rejects ends no process, and keeps no slot', async () => {
    const world = new World();
    const dispatcher = new Dispatcher({
      context: world.context,
      settings: { ...DEFAULT_SETTINGS, queue: 't', region: 'a', regions: ['a'], concurrency: 1 },
      reconciler: { process: () => Promise.reject(new Error('boom')), close() {} },
      publish: async () => {},
    });
    await world.enqueue('k');
    void dispatcher.trigger({ kind: 'tick' });
    await world.clock.advance(5_000);
    expect(dispatcher.running).toBe(0);
    expect(world.told('internal.error')).toHaveLength(1);
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '1' });
  });
});

describe('attempts', () => {
  test('a call that its caller says never began costs none, also at its deadline', async () => {
    const world = new World();
    world.dispatcher('a', { deadlineMs: 10_000 });
    world.handler = (call) => {
      world.clock.after(call.deadlineMs, () => call.answer(unreachable));
      return undefined;
    };
    await world.enqueue('k');
    await world.clock.advance(10_500);
    expect(world.metadata('queued/k')?.attempts).toBe('0');
  });

  test('a dead letter that a recovery makes is told of', async () => {
    const world = new World();
    world.bucket.insert('in-progress/k', { metadata: { owner: 'a/1', attempts: '3', recoveries: '4' } }, {});
    world.dispatcher('a', { retry: { maxAttempts: 3, backoffMs: 1_000, backoffMaxMs: 1_000 } });
    await world.pass(60_000);
    expect(world.names()).toEqual(['dead-letter/k']);
    expect(world.told('key.exhausted')).toHaveLength(1);
    expect(world.failures).toMatchObject([{ key: 'k', action: 'exhausted', attempts: 3 }]);
  });
});

describe('after an outage of the reconciler', () => {
  test('one long try does not hold up the queue', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 5 });
    world.handler = (call) => call.answer(unreachable);
    for (let i = 0; i < 50; i++) await world.enqueue(`k${i}`);
    await world.clock.settle();
    world.handler = () => undefined;
    await world.pass(1_200_000);
    expect(world.open).toHaveLength(5);
  });

  test('a few keys that stay unreached do not take turns for ever', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 5 });
    let down = true;
    world.handler = (call) => (down || call.key.startsWith('poison') ? call.answer(unreachable) : { kind: 'done' });
    for (let i = 0; i < 3; i++) await world.enqueue(`poison${i}`, { priority: 99 });
    for (let i = 0; i < 40; i++) await world.enqueue(`k${i}`);
    await world.pass(300_000);
    down = false;
    await world.pass(3_600_000);
    expect(world.names('queued/k')).toEqual([]);
  });
});

describe('deep queues', () => {
  test('keys not yet due do not hide that more are eligible', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 2, candidates: 100 });
    const later = new Date(world.clock.now() + 7_200_000).toISOString();
    for (let i = 0; i < 60; i++) world.bucket.insert(`queued/later${i}`, { metadata: { 'not-before': later } }, {});
    for (let i = 0; i < 1_000; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    world.tick();
    await world.clock.advance(50_000);
    expect(new Set(world.started).size).toBe(1_000);
  });

  test('more keys not yet due than fit into memory do not keep the dispatcher sweeping', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 20, candidates: 100 });
    for (let i = 0; i < 300; i++) {
      const due = new Date(world.clock.now() + 7_200_000 + i * 1_000).toISOString();
      world.bucket.insert(`queued/l${String(i).padStart(4, '0')}`, { metadata: { 'not-before': due } }, {});
    }
    await world.enqueue('k');
    world.tick();
    await world.clock.advance(59_000);
    expect(world.told('sweep.done').length).toBeLessThan(5);
    expect(world.bucket.get('dispatchers/a').kind).not.toBe('ok');
  });

  test('hints to a paused queue cost a read each, and no sweeps', async () => {
    const world = new World({ latencyMs: 10 });
    world.dispatcher('a');
    world.bucket.insert('control/pause', { metadata: {} }, {});
    for (let i = 0; i < 3_000; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    world.tick();
    await world.clock.advance(2_000);
    const before = world.requests.length;
    for (let i = 0; i < 300; i++) {
      void world.enqueue(`n${i}`);
      await world.clock.advance(100);
    }
    const listings = world.operations.slice(before).filter((operation) => operation.startsWith('list'));
    expect(listings).toEqual([]);
  });

  test('leases ahead of slots that are stuck are given back once, not in circles', async () => {
    const world = new World({ latencyMs: 500 });
    world.dispatcher('a', { concurrency: 10 });
    let stuck = false;
    world.handler = async () => {
      if (stuck) return new Promise(() => {});
      await new Promise<void>((resolve) => world.clock.after(200, resolve));
      return { kind: 'done' };
    };
    for (let i = 0; i < 3_000; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    world.tick();
    await world.clock.advance(20_000);
    stuck = true;
    await world.clock.advance(60_000);
    const before = world.requests.length;
    await world.clock.advance(600_000);
    const given = world.operations.slice(before).filter((operation) => /^(copy|delete) /.test(operation));
    // At most six for each slot are leased ahead: each costs a copy and a delete.
    expect(given.length).toBeLessThanOrEqual(2 * 6 * 10);
  });
});

describe('instances of one region', () => {
  test('do not hand the lock back and forth: long runs finish', async () => {
    const world = new World();
    const completed: string[] = [];
    world.handler = (call) => {
      world.clock.after(1_200_000, () => {
        if (call.signal.aborted) return;
        completed.push(call.key);
        call.answer({ kind: 'done' });
      });
      return undefined;
    };
    world.dispatcher('a#1', { concurrency: 1 });
    world.dispatcher('a#2', { concurrency: 1 });
    for (let i = 0; i < 10; i++) await world.enqueue(`k${i}`);
    await world.pass(4 * 3_600_000);
    expect(completed).toHaveLength(10);
  });

  test('a hint that reaches one that has handed over is passed on to its successor', async () => {
    const world = new World();
    world.handler = (call) => (call.key.startsWith('long') ? undefined : { kind: 'done' });
    const one = world.dispatcher('a#1', { handoverMs: 1_000 });
    await world.enqueue('long1');
    await world.clock.settle();
    world.dispatchers.clear();
    world.dispatcher('a#2', { handoverMs: 1_000 });
    await world.enqueue('long2');
    await world.clock.advance(30_000);
    world.dispatchers.clear();
    world.dispatchers.set('a#1', one);
    await world.enqueue('k');
    await world.clock.advance(20_000);
    expect(world.started).toContain('k');
  });

  test('that wait for the lock, several of them, do not cost its holder the lock', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher('a', { handoverMs: 40_000 });
    await world.enqueue('k');
    await world.clock.settle();
    world.dispatchers.clear();
    world.dispatcher('a#b');
    world.dispatcher('a#c');
    await world.enqueue('k2');
    await world.clock.advance(45_000);
    expect(world.told('lock.lost')).toEqual([]);
  });

  test('one that is stopped in the middle of a handover ends within its grace', async () => {
    const world = new World();
    world.handler = () => undefined;
    const first = world.dispatcher('a', { handoverMs: 30_000 });
    await world.enqueue('k');
    await world.clock.settle();
    world.dispatchers.clear();
    world.dispatcher('a#second');
    await world.enqueue('k2');
    await world.clock.advance(12_000);
    let stopped = false;
    void first.stop(1_000).then(() => void (stopped = true));
    await world.clock.advance(4_000);
    expect(stopped).toBe(true);
  });

  test('one that is stopped while its first listing hangs ends at once', async () => {
    const world = new World();
    const store = { ...world.store, list: () => new Promise<never>(() => {}) };
    const dispatcher = world.dispatcher('a', {}, { store, clock: world.clock });
    world.tick();
    await world.clock.settle();
    let stopped = false;
    void dispatcher.stop(1_000).then(() => void (stopped = true));
    await world.clock.advance(1_000);
    expect(stopped).toBe(true);
  });

  test('one that stops hands the trigger it could not serve back to Pub/Sub', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher('a', { concurrency: 1 });
    await world.enqueue('k');
    await world.clock.settle();
    const trigger = dispatcher.trigger({ kind: 'wake' });
    const refused = expect(trigger).rejects.toThrow('stopped');
    const stopped = dispatcher.stop(0);
    await world.clock.advance(1_000);
    await stopped;
    await refused;
    expect(world.names()).toEqual(['queued/k']);
  });

  test('a tick in mid-run does not make one doubt its own lock afterwards', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher('a');
    await world.enqueue('k');
    await world.pass(61_000);
    let answered = false;
    void dispatcher.trigger({ kind: 'wake' }).then(() => void (answered = true));
    world.open[0]?.answer({ kind: 'done' });
    await world.clock.advance(1_000);
    expect(answered).toBe(true);
    expect(world.told('lock.acquired')).toHaveLength(1);
  });
});

test('short keys that trickle in on a store that takes one write a second to one object start at once', async () => {
  const world = new World();
  const store = memoryStore({ bucket: new Bucket({ clock: world.clock, rateLimit: true }), clock: world.clock });
  const trickle = new World({ store });
  const waits: number[] = [];
  const sentMs = new Map<string, number>();
  trickle.handler = (call) => {
    waits.push(trickle.clock.now() - (sentMs.get(call.key) ?? 0));
    return { kind: 'done' };
  };
  trickle.dispatcher('a', { lingerMs: DEFAULT_SETTINGS.lingerMs });
  for (let i = 0; i < 100; i++) {
    sentMs.set(`k${i}`, trickle.clock.now());
    await trickle.enqueue(`k${i}`);
    await world.clock.advance(300);
    await trickle.clock.advance(300);
  }
  expect(waits).toHaveLength(100);
  expect(Math.max(...waits)).toBeLessThan(100);
});
