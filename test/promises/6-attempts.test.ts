import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../queue/core/outcome.ts';
import { Process } from '../support/process.ts';
import { World } from '../support/world.ts';

/** Attempts of the waiting key after one run that ended so. */
async function attemptsAfter(outcome: Outcome, started = true): Promise<string | undefined> {
  const world = new World();
  world.handler = () => undefined;
  world.dispatcher();
  await world.enqueue('k');
  await world.clock.settle();
  world.calls[0]?.answer({ outcome, started });
  await world.clock.settle();
  return world.metadata('queued/k')?.attempts;
}

describe('promise 6, only failures spend attempts', () => {
  test('a failure spends one', async () => {
    expect(await attemptsAfter({ kind: 'failed', error: 'boom' })).toBe('1');
  });

  test('being called back later spends none', async () => {
    expect(await attemptsAfter({ kind: 'requeue', delayMs: 60_000, floor: false })).toBe('0');
  });

  test('a drained run gives back exactly one attempt', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher();
    await world.enqueue('k');
    for (let failure = 0; failure < 3; failure++) {
      await world.pass(700_000);
      world.open[0]?.answer({ kind: 'failed', error: 'boom' });
      await world.clock.settle();
    }
    await world.pass(700_000);
    expect(world.metadata('in-progress/k')?.attempts).toBe('4');
    world.open[0]?.answer({ kind: 'interrupted', delayMs: 20_000 });
    await world.clock.settle();
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '3' });
  });

  test('an unreachable reconciler spends none', async () => {
    expect(await attemptsAfter({ kind: 'unreachable', error: 'UNAVAILABLE' }, false)).toBe('0');
  });

  test('an orderly shutdown of the dispatcher spends none', async () => {
    const world = new World();
    world.handler = () => undefined;
    const dispatcher = world.dispatcher();
    await world.enqueue('k');
    await world.clock.settle();
    const stopped = dispatcher.stop(5_000);
    await world.clock.advance(20_000);
    await stopped;
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '0' });
    expect(world.bucket.get('dispatchers/a').kind).not.toBe('ok');
  });

  test('a handover to a second instance of the region spends none', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher('a');
    await world.enqueue('k');
    await world.clock.settle();
    world.dispatchers.delete('a');
    world.dispatcher('a#second');
    world.tick();
    await world.enqueue('other');
    await world.pass(60_000);
    expect(world.told('lock.wanted')).toHaveLength(1);
    const again = world.calls.filter(({ key }) => key === 'k');
    expect(again.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(again[0]?.signal.aborted).toBe(true);
  });

  test('the loss of a dispatcher spends none, four times in a row; from the fifth on it may be the key', async () => {
    const world = new World();
    world.handler = () => undefined;
    await world.enqueue('k');
    const attempts: (number | undefined)[] = [];
    for (let loss = 1; loss <= 7; loss++) {
      const victim = new Process(world);
      world.dispatchers.clear();
      world.dispatcher(`a#${loss}`, {}, victim);
      await world.pass(180_000);
      attempts.push(world.calls.at(-1)?.attempt);
      victim.stop();
    }
    expect(attempts).toEqual([1, 1, 1, 1, 1, 2, 3]);
  });

  test('an answer clears the count of lost dispatchers', async () => {
    const world = new World();
    world.bucket.insert('in-progress/k', { metadata: { attempts: '3', recoveries: '3', owner: 'a/1' } }, {});
    world.handler = () => ({ kind: 'failed', error: 'boom' });
    world.dispatcher();
    world.tick();
    await world.clock.settle();
    expect(world.metadata('queued/k')).toMatchObject({ attempts: '3' });
    expect(world.metadata('queued/k')?.recoveries).toBeUndefined();
  });

  test('a twin keeps the attempts of a failed run: a touched poison key still dies', async () => {
    const world = new World();
    world.handler = () => undefined;
    world.dispatcher('a', { retry: { maxAttempts: 3, backoffMs: 1_000, backoffMaxMs: 1_000 } });
    await world.enqueue('poison');
    for (let run = 0; run < 3; run++) {
      await world.pass(5_000);
      await world.enqueue('poison');
      world.open[0]?.answer({ kind: 'failed', error: 'boom' });
      await world.clock.settle();
      if (run < 2) expect(world.calls.at(-1)?.attempt).toBe(run + 2);
    }
    expect(world.metadata('dead-letter/poison')).toMatchObject({ attempts: '3', cause: 'exhausted' });
  });
});
