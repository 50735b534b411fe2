import { describe, expect, test } from 'vitest';
import type { Key } from '../../queue/core/key.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import { done } from '../../services/reconciler/answer.ts';
import type { Handler } from '../../services/reconciler/reconciler.ts';
import { Cloud } from '../support/cloud.ts';
import { eventually } from '../support/eventually.ts';
import { wait } from '../support/real-time.ts';

interface Seen {
  readonly key: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  ended: boolean;
}

/** A reconciler that counts, itself, how many of its calls are alive at any moment. */
function counting(runMs: number) {
  const calls: Seen[] = [];
  let most = 0;
  const alive = () => calls.filter(({ signal, ended }) => !ended && !signal.aborted);
  const handler: Handler = async ({ key, attempt, signal }) => {
    const call = { key, attempt, signal, ended: false };
    calls.push(call);
    most = Math.max(most, alive().length);
    await wait(runMs, undefined, { signal }).catch(() => undefined);
    call.ended = true;
    return done();
  };
  return { handler, calls, alive, most: () => most };
}

const enqueue = (cloud: Cloud, keys: readonly string[]) =>
  Promise.all(keys.map((key) => cloud.receiver.enqueue({ key: key as Key, priority: 0, delaySeconds: 0 })));

async function isEmpty(cloud: Cloud): Promise<boolean> {
  for (const prefix of [PREFIX.queued, PREFIX.inProgress, PREFIX.deadLetter]) {
    if ((await cloud.store.list({ prefix, maxResults: 1 })).objects.length > 0) return false;
  }
  return true;
}

describe('dispatchers in processes of their own, on one bucket', () => {
  test('two regions together never run more than the limit; one is killed part-way and the other runs its keys', async () => {
    const reconciler = counting(150);
    await using cloud = await Cloud.open(['a', 'b'], reconciler.handler);
    const a = await cloud.dispatcher('a', { LEVELSET_CONCURRENCY: '5' });
    const b = await cloud.dispatcher('b', { LEVELSET_CONCURRENCY: '5' });
    const keys = Array.from({ length: 60 }, (_, index) => `key ${index}`);
    await enqueue(cloud, keys);
    await eventually('both regions have run some', () => reconciler.calls.length > 20);
    a.process.kill('SIGKILL');
    await a.exited;
    await eventually('all keys are done, also those of the lost region', async () => {
      await cloud.tick();
      await wait(200);
      return isEmpty(cloud);
    });
    expect(reconciler.most()).toBeLessThanOrEqual(5);
    expect(reconciler.most()).toBeGreaterThan(3);
    expect(new Set(reconciler.calls.map(({ key }) => key))).toEqual(new Set(keys));
    expect(new Set(reconciler.calls.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    const events = (log: typeof b.log, event: string) => log.filter((line) => line.event === event);
    expect(events(b.log, 'lock.broken')).toHaveLength(1);
    expect(events(b.log, 'key.recovered').length).toBeGreaterThan(0);
  });

  test('a second instance of a region takes over by handover, attempts unchanged', async () => {
    const reconciler = counting(60_000);
    await using cloud = await Cloud.open(['a'], reconciler.handler);
    const env = { LEVELSET_CONCURRENCY: '3', LEVELSET_HANDOVER_SECONDS: '0' };
    const first = await cloud.dispatcher('a', env);
    await enqueue(cloud, ['x', 'y', 'z']);
    await eventually('the first instance runs them', () => reconciler.alive().length === 3);
    const second = await cloud.dispatcher('a', env);
    await enqueue(cloud, ['w']);
    await eventually('the second instance runs keys', () => second.log.some(({ event }) => event === 'key.started'));
    await eventually('and the slots are full again', async () => {
      await cloud.tick();
      return reconciler.alive().length === 3;
    });
    expect(first.log.some(({ event }) => event === 'lock.wanted')).toBe(true);
    expect(first.log.filter(({ event }) => event === 'key.interrupted')).toHaveLength(3);
    expect(new Set(reconciler.calls.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  test('SIGTERM drains: running keys are given back unspent, the lock is released, the process ends well', async () => {
    const reconciler = counting(60_000);
    await using cloud = await Cloud.open(['a'], reconciler.handler);
    const dispatcher = await cloud.dispatcher('a', { LEVELSET_CONCURRENCY: '3', LEVELSET_GRACE_SECONDS: '0' });
    await enqueue(cloud, ['x', 'y']);
    await eventually('they run', () => reconciler.alive().length === 2);
    dispatcher.process.kill('SIGTERM');
    expect(await dispatcher.exited).toEqual([0, null]);
    expect(reconciler.alive()).toEqual([]);
    const { objects } = await cloud.store.list({});
    expect(objects.map(({ name, metadata }) => `${name} ${metadata.attempts}`)).toEqual(['queued/x 0', 'queued/y 0']);
  });
});
