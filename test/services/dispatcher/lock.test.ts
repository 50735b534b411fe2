import { describe, expect, test } from 'vitest';
import { observedStore } from '../../../queue/stores/observed.ts';
import { faultyStore } from '../../support/faulty-store.ts';
import { Process } from '../../support/process.ts';
import { World } from '../../support/world.ts';

describe('the lock of a region', () => {
  test('is only there while there is something to do: the first trigger after idling finds it free', async () => {
    const world = new World();
    world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    expect(world.bucket.get('dispatchers/a').kind).not.toBe('ok');
    world.dispatchers.delete('a');
    world.dispatcher('a#next');
    await world.enqueue('k2');
    await world.clock.settle();
    expect(world.started).toEqual(['k', 'k2']);
    expect(world.told('lock.wanted')).toEqual([]);
  });

  test('is kept for a moment: keys that come one by one share a tenure, and the wait ends', async () => {
    const world = new World();
    world.dispatcher('a', { lingerMs: 250 });
    for (let i = 0; i < 10; i++) {
      await world.enqueue(`k${i}`);
      await world.clock.advance(200);
    }
    expect(world.started).toHaveLength(10);
    expect(world.told('lock.acquired')).toHaveLength(1);
    expect(world.told('lock.released')).toHaveLength(0);
    await world.clock.advance(100);
    expect(world.told('lock.released')).toHaveLength(1);
    expect(world.bucket.get('dispatchers/a').kind).not.toBe('ok');
  });

  test('whose release got no answer is taken again at once by the same instance', async () => {
    const world = new World();
    let cut = false;
    const store = faultyStore(world.store, (operation, name) =>
      cut && operation === 'delete' && name === 'dispatchers/a' ? 'late' : undefined,
    );
    world.dispatcher('a', {}, { store, clock: world.clock });
    cut = true;
    await world.enqueue('k');
    await world.clock.settle();
    cut = false;
    world.handler = () => undefined;
    await world.enqueue('k2');
    await world.clock.settle();
    await store.release();
    expect(world.started).toEqual(['k', 'k2']);
    await world.pass(60_000);
    expect(world.told('lock.lost')).toEqual([]);
  });

  test('is not taken by a tick that finds nothing', async () => {
    const world = new World();
    world.dispatcher();
    await world.pass(600_000);
    expect(world.operations.filter((operation) => operation.includes('dispatchers/'))).toEqual([]);
    // One listing a minute is all that an idle queue costs.
    expect(world.operations).toHaveLength(10);
  });

  test('is kept while a run is going on, whatever the time', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher();
    await world.enqueue('k');
    await world.pass(3_000_000);
    expect(world.open.length).toBe(1);
    expect(world.told('lock.lost')).toEqual([]);
    world.open[0]?.answer({ kind: 'done' });
    await world.clock.settle();
    expect(world.names()).toEqual([]);
    expect(world.bucket.get('dispatchers/a').kind).not.toBe('ok');
  });

  test('is not given up by one that stops while it still settles: what is on its way is settled by nobody else', async () => {
    const world = new World();
    let throttled = true;
    const store = faultyStore(world.store, (operation, name) =>
      throttled && operation === 'copy' && name === 'queued/k' ? 'throttled' : undefined,
    );
    world.handler = () => ({ kind: 'failed', error: 'boom' });
    const dispatcher = world.dispatcher('a', {}, { store, clock: world.clock });
    await world.enqueue('k');
    await world.clock.settle();
    let stopped = false;
    void dispatcher.stop(0).then(() => void (stopped = true));
    await world.pass(20_000);
    expect(stopped).toBe(true);
    expect(world.names()).toEqual(['in-progress/k']);
    expect(world.bucket.get('dispatchers/a').kind).toBe('ok');
    expect(world.told('lock.released')).toEqual([]);
    // Nor does it go on by itself: with its tenure, the wait has ended.
    throttled = false;
    await world.pass(60_000);
    expect(world.names()).toEqual(['in-progress/k']);
  });

  test('of a lost dispatcher is taken over within a minute, by a fresh instance of its region', async () => {
    const world = new World();
    world.handler = () => undefined;
    const victim = new Process(world);
    world.dispatcher('a', {}, victim);
    await world.enqueue('k');
    await world.clock.settle();
    victim.stop();
    world.dispatchers.clear();
    // Pub/Sub sends the trigger again that was never answered.
    world.dispatcher('a#fresh');
    world.tick();
    await world.clock.advance(31_000);
    expect(world.calls.length).toBe(1);
    await world.clock.advance(29_000);
    expect(world.calls.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  test('of a lost region is removed by another, and its keys run there within a minute, attempts unspent', async () => {
    const world = new World({ regions: ['a', 'b'] });
    world.handler = () => undefined;
    const victim = new Process(world);
    world.dispatcher('a', {}, victim);
    world.dispatcher('b');
    for (let i = 0; i < 10; i++) await world.enqueue(`k${i}`);
    await world.clock.settle();
    const inA = world.calls.filter(({ region }) => region === 'a').map(({ key }) => key);
    expect(inA.length).toBeGreaterThan(2);
    victim.stop();
    world.dispatchers.delete('a');
    const killedMs = world.clock.now();
    await world.pass(32_000);
    for (const call of world.open.filter(({ region }) => region === 'b')) call.answer({ kind: 'done' });
    await world.pass(28_000);
    const again = world.calls.filter(({ key, atMs }) => atMs > killedMs && inA.includes(key));
    expect(again.map(({ key }) => key).toSorted()).toEqual(inA.toSorted());
    expect(new Set(again.map(({ attempt, region }) => `${region} ${attempt}`))).toEqual(new Set(['b 1']));
    expect(world.told('lock.broken')).toHaveLength(1);
  });

  test('of a lost region is found out by an idle one within a minute, too', async () => {
    const world = new World({ regions: ['a', 'b'] });
    world.handler = () => undefined;
    const victim = new Process(world);
    world.dispatcher('a', {}, victim);
    world.dispatcher('b');
    await world.enqueue('key of a');
    await world.enqueue('k1');
    await world.pass(59_500);
    const inA = world.calls.filter(({ region }) => region === 'a').map(({ key }) => key);
    for (const call of world.open.filter(({ region }) => region === 'b')) call.answer({ kind: 'done' });
    await world.clock.settle();
    expect(inA.length).toBeGreaterThan(0);
    victim.stop();
    world.dispatchers.delete('a');
    await world.pass(59_000);
    expect(world.open.filter(({ region }) => region === 'b').map(({ key }) => key)).toEqual(inA);
  });

  test('of another region that lives is looked at once a tick, and no more', async () => {
    const world = new World({ regions: ['a', 'b'] });
    world.handler = () => undefined;
    world.dispatcher('a');
    await world.enqueue('k1');
    await world.pass(61_000);
    expect(world.open.map(({ region }) => region)).toEqual(['a']);
    const idle: string[] = [];
    const store = observedStore(world.store, world.clock, ({ operation }) => void idle.push(operation));
    world.dispatcher('b', {}, { clock: world.clock, store });
    await world.pass(180_000);
    expect(idle).toEqual(['list', 'get', 'list', 'get', 'list']);
  });

  test('is handed over to a second instance, which runs what was running, while the first asks for nothing back', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher('a', { handoverMs: 5_000 });
    await world.enqueue('k');
    await world.clock.settle();
    const first = world.dispatchers.get('a');
    world.dispatchers.clear();
    world.dispatcher('a#second');
    await world.enqueue('k2');
    await world.pass(30_000);
    expect(world.calls.map(({ key, attempt }) => `${key} ${attempt}`).toSorted()).toEqual(['k 1', 'k 1', 'k2 1']);
    void first?.trigger({ kind: 'tick' });
    await world.pass(120_000);
    expect(world.told('lock.wanted')).toHaveLength(1);
    expect(world.told('lock.acquired')).toHaveLength(2);
    expect(world.open.length).toBe(2);
  });
});
