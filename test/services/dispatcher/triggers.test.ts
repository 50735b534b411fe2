import { describe, expect, test } from 'vitest';
import { faultyStore } from '../../support/faulty-store.ts';
import { World } from '../../support/world.ts';

/** Whether a promise has ended, without waiting for it. */
function watched(promise: Promise<void>): { ended: 'open' | 'answered' | 'refused' } {
  const state: { ended: 'open' | 'answered' | 'refused' } = { ended: 'open' };
  promise.then(
    () => void (state.ended = 'answered'),
    () => void (state.ended = 'refused'),
  );
  return state;
}

describe('triggers', () => {
  test('the last open one is never answered while there is work; each newer one takes over', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    const first = watched(dispatcher.trigger({ kind: 'wake' }));
    await world.clock.advance(200_000);
    expect(first.ended).toBe('open');
    const second = watched(dispatcher.trigger({ kind: 'wake' }));
    await world.clock.settle();
    expect([first.ended, second.ended]).toEqual(['answered', 'open']);
    world.open[0]?.answer({ kind: 'done' });
    await world.clock.settle();
    expect(second.ended).toBe('answered');
  });

  test('the lock is released before the last one is answered', async () => {
    const world = new World({ latencyMs: 50 });
    world.handler = () => undefined;
    const dispatcher = world.dispatcher();
    const enqueued = world.enqueue('k');
    await world.clock.advance(1_000);
    await enqueued;
    const trigger = dispatcher.trigger({ kind: 'wake' }).then(() => world.bucket.get('dispatchers/a').kind);
    world.open[0]?.answer({ kind: 'done' });
    await world.clock.advance(1_000);
    expect(await trigger).not.toBe('ok');
  });

  test('before the held one is 300 s old, a wake message brings a newer one', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    const held = watched(dispatcher.trigger({ kind: 'wake' }));
    await world.clock.advance(239_000);
    expect(held.ended).toBe('open');
    await world.clock.advance(2_000);
    expect(held.ended).toBe('answered');
    expect(world.open.length).toBe(1);
  });

  test('a wake message that is lost is published again, and the held one stays open', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    const held = watched(dispatcher.trigger({ kind: 'wake' }));
    world.dispatchers.clear();
    await world.clock.advance(245_000);
    expect(held.ended).toBe('open');
    world.dispatchers.set('a', dispatcher);
    await world.clock.advance(20_000);
    expect(held.ended).toBe('answered');
  });

  test('with instance billing they are answered at once', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher('a', { billing: 'instance' });
    await world.enqueue('k');
    const trigger = watched(dispatcher.trigger({ kind: 'tick' }));
    await world.clock.settle();
    expect(trigger.ended).toBe('answered');
    expect(world.open.length).toBe(1);
  });

  test('with instance billing a key starts at its time, without any trigger', async () => {
    const world = new World();
    world.dispatcher('a', { billing: 'instance' });
    await world.enqueue('k', { delaySeconds: 90 });
    world.bucket.insert('queued/not sent as a hint', { metadata: {} }, {});
    await world.clock.advance(89_000);
    expect(world.started).toEqual([]);
    await world.clock.advance(1_500);
    expect(world.started).toEqual(['k']);
  });

  test('one that comes as the last work ends is not dropped', async () => {
    for (let delay = 0; delay < 12; delay++) {
      const world = new World({ latencyMs: 2 });
      world.dispatcher();
      const first = world.enqueue('k');
      await world.clock.advance(8 + delay);
      const second = world.enqueue('k2');
      await world.clock.advance(100);
      await Promise.all([first, second]);
      expect(world.started, `delay ${delay}`).toEqual(['k', 'k2']);
    }
  });

  test('a tick that comes while an earlier one is listing is served by a listing of its own', async () => {
    const world = new World({ latencyMs: 100 });
    const dispatcher = world.dispatcher();
    const first = watched(dispatcher.trigger({ kind: 'tick' }));
    // The store answers half-way through the latency: what is queued from here on is not in the listing.
    await world.clock.advance(60);
    world.bucket.insert('queued/k', { metadata: {} }, {});
    const second = watched(dispatcher.trigger({ kind: 'tick' }));
    await world.clock.advance(10_000);
    expect([first.ended, second.ended]).toEqual(['answered', 'answered']);
    expect(world.started).toEqual(['k']);
  });

  test('one that meets a bucket that is down is handed back to Pub/Sub', async () => {
    const world = new World();
    const store = faultyStore(world.store, () => 'dropped');
    const dispatcher = world.dispatcher('a', {}, { store, clock: world.clock });
    const trigger = watched(dispatcher.trigger({ kind: 'tick' }));
    await world.clock.advance(60_000);
    expect(trigger.ended).toBe('refused');
  });

  test('one that meets an instance that is stopping is handed back', async () => {
    const world = new World();
    const dispatcher = world.dispatcher();
    await dispatcher.stop(0);
    await expect(dispatcher.trigger({ kind: 'tick' })).rejects.toThrow('stopping');
  });

  test('a key due within 10 s is waited for with the trigger held; a later one is left to the tick', async () => {
    const world = new World();
    const dispatcher = world.dispatcher();
    await world.enqueue('soon', { delaySeconds: 8 });
    const soon = watched(dispatcher.trigger({ kind: 'wake' }));
    await world.clock.advance(7_000);
    expect(soon.ended).toBe('open');
    await world.clock.advance(2_000);
    expect(world.started).toEqual(['soon']);
    expect(soon.ended).toBe('answered');
    await world.enqueue('later', { delaySeconds: 30 });
    const later = watched(dispatcher.trigger({ kind: 'wake' }));
    await world.clock.settle();
    expect(later.ended).toBe('answered');
    await world.pass(90_000);
    expect(world.started).toEqual(['soon', 'later']);
  });
});
