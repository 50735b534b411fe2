import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../services/rpc/reconciler-port.ts';
import { World } from '../../support/world.ts';

const unreachable: Answer = {
  outcome: { kind: 'unreachable', error: 'UNAVAILABLE: connection refused' },
  started: false,
};

describe('when the reconciler is down', () => {
  test('leasing drops to one probe with backoff after five keys, nothing is spent, no dead letters', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 10, retry: { maxAttempts: 3, backoffMs: 1_000, backoffMaxMs: 1_000 } });
    world.handler = (call) => call.answer(unreachable);
    for (let i = 0; i < 50; i++) await world.enqueue(`k${i}`);
    await world.pass(3_600_000);
    expect(world.told('reconciler.down')).toHaveLength(1);
    expect(world.names('queued/')).toHaveLength(50);
    expect(world.names('dead-letter/')).toEqual([]);
    for (const name of world.names('queued/')) expect(world.metadata(name)?.attempts, name).toBe('0');
    // The first slots, then probes of 1, 2, 4 ... 30 s: about 120 an hour.
    expect(world.calls.length).toBeLessThan(160);
    expect(world.calls.length).toBeGreaterThan(100);
  });

  test('each probe takes another key', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 1 });
    world.handler = (call) => call.answer(unreachable);
    await world.enqueue('favourite', { priority: 9 });
    for (let i = 0; i < 9; i++) await world.enqueue(`k${i}`);
    await world.pass(600_000);
    const probes = world.started.slice(10);
    expect(probes.length).toBeGreaterThan(10);
    for (let i = 1; i < probes.length; i++) expect(probes[i]).not.toBe(probes[i - 1]);
  });

  test('calls that were under way when it was found out do not put the first probe off', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 10 });
    world.handler = () => undefined;
    for (let i = 0; i < 10; i++) await world.enqueue(`k${i}`);
    await world.clock.settle();
    for (const call of world.open) call.answer(unreachable);
    await world.clock.settle();
    world.handler = () => ({ kind: 'done' });
    await world.enqueue('next');
    await world.clock.advance(1_500);
    expect(world.told('reconciler.up')).toHaveLength(1);
  });

  test('the first answer opens all slots again', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 5 });
    world.handler = (call) => call.answer(unreachable);
    for (let i = 0; i < 50; i++) await world.enqueue(`k${i}`);
    await world.pass(120_000);
    world.handler = () => ({ kind: 'done' });
    await world.pass(40_000);
    expect(world.told('reconciler.up')).toHaveLength(1);
    expect(world.names()).toEqual([]);
  });

  test('a poison key that kills its reconciler does not stop other keys', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 2, retry: { maxAttempts: 5, backoffMs: 1_000, backoffMaxMs: 4_000 } });
    let downUntilMs = 0;
    world.handler = (call) => {
      if (world.clock.now() < downUntilMs) return call.answer(unreachable);
      if (call.key !== 'poison') return { kind: 'done' };
      downUntilMs = world.clock.now() + 3_000;
      return { kind: 'failed', error: 'UNAVAILABLE: the reconciler died in mid-run' };
    };
    await world.enqueue('poison', { priority: 99 });
    for (let i = 0; i < 40; i++) await world.enqueue(`k${i}`);
    await world.pass(300_000);
    expect(world.names()).toEqual(['dead-letter/poison']);
    expect(world.metadata('dead-letter/poison')).toMatchObject({ cause: 'exhausted', attempts: '5' });
    expect(new Set(world.started).size).toBe(41);
  });

  test('a poison key that is never reached does not stop other keys', async () => {
    const world = new World();
    world.dispatcher('a', { concurrency: 1 });
    world.handler = (call) => (call.key === 'poison' ? call.answer(unreachable) : { kind: 'done' });
    await world.enqueue('poison', { priority: 99 });
    for (let i = 0; i < 40; i++) await world.enqueue(`k${i}`);
    await world.pass(5_000);
    expect(new Set(world.started).size).toBe(41);
    expect(world.told('reconciler.down')).toEqual([]);
  });
});
