import { expect, test } from 'vitest';
import { defineReconciler, done, enqueue, reject, requeueAfter, requeueNotBefore } from 'levelset';
import { runOnce, TestQueue } from 'levelset/testing';
import { wait } from '../../support/real-time.ts';

test('a key that fails twice, then succeeds, takes about 90 s and costs a test milliseconds', async () => {
  await using queue = new TestQueue(
    defineReconciler(({ attempt }) => {
      if (attempt <= 2) throw new Error(`attempt ${attempt} failed`);
      return done();
    }),
  );
  const beganMs = queue.clock.now();
  await queue.enqueue('k');
  expect(await queue.settled('k')).toBeUndefined();
  expect(queue.runsOf('k').map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
    '1 failed',
    '2 failed',
    '3 done',
  ]);
  // 30 s and 60 s, each with up to half as jitter.
  const took = queue.clock.now() - beganMs;
  expect(took).toBeGreaterThanOrEqual(90_000);
  expect(took).toBeLessThanOrEqual(136_000);
});

test('a rejected key is dead at once, with its reason, and can be redriven', async () => {
  let accept = false;
  await using queue = new TestQueue(defineReconciler(() => (accept ? done() : reject('no such thing'))));
  await queue.enqueue('k');
  expect(queue.deadLetters()).toEqual([{ key: 'k', cause: 'rejected', error: 'no such thing', attempts: 1 }]);
  accept = true;
  expect(await queue.redrive('k')).toBe(true);
  expect(queue.runsOf('k')).toHaveLength(2);
  expect(await queue.redrive('nobody')).toBe(false);
});

test('attempts run out', async () => {
  await using queue = new TestQueue(
    defineReconciler(() => {
      throw new Error('boom');
    }),
    { maxAttempts: 3 },
  );
  await queue.enqueue('k');
  expect((await queue.settled('k'))?.status).toBe('dead-letter');
  expect(queue.runs).toHaveLength(3);
});

test('requeueAfter comes back, and earlier when the key is touched; requeueNotBefore does not', async () => {
  await using queue = new TestQueue(
    defineReconciler(({ key }) => (key === 'floor' ? requeueNotBefore('10m') : requeueAfter('10m'))),
  );
  await queue.enqueue('plain');
  await queue.enqueue('floor');
  await queue.enqueue('plain');
  await queue.enqueue('floor');
  expect(queue.runs.map(({ key }) => key)).toEqual(['plain', 'floor', 'plain']);
  await queue.advance('11m');
  expect(queue.runsOf('floor')).toHaveLength(2);
});

test('an answer with a delay and keys to queue does both', async () => {
  await using queue = new TestQueue(
    defineReconciler(({ key }) =>
      key === 'parent' ? enqueue(['a', { key: 'b', priority: 2 }], { requeueAfter: '5m' }) : done(),
    ),
  );
  await queue.enqueue('parent');
  expect(queue.runs.map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'parent']);
  expect((await queue.state('parent'))?.status).toBe('queued');
  await queue.advance('5m');
  expect(queue.runsOf('parent')).toHaveLength(2);
});

test('a handler that waits for the world outside is waited for', async () => {
  await using queue = new TestQueue(
    defineReconciler(async () => {
      await wait(2);
      return done();
    }),
  );
  await queue.enqueue('k');
  expect(await queue.settled('k')).toBeUndefined();
  expect(queue.runs).toHaveLength(1);
});

test('input that breaks a rule is refused with the rule', async () => {
  await using queue = new TestQueue(defineReconciler(() => done()));
  await expect(queue.enqueue('')).rejects.toThrow('key is empty');
  await expect(queue.enqueue('k', { priority: -1 })).rejects.toThrow('priority must be a whole number');
});

test('one run against a fake context', async () => {
  const seen: unknown[] = [];
  const reconciler = defineReconciler(({ key, attempt, fence }) => {
    seen.push([key, attempt, fence]);
    if (attempt > 1) throw new Error('again');
    return done();
  });
  expect(await runOnce(reconciler, 'k')).toEqual({ kind: 'done' });
  expect(await runOnce(reconciler, 'k', { attempt: 2, fence: 9 })).toEqual({ kind: 'failed', error: 'again' });
  expect(seen).toEqual([
    ['k', 1, 1],
    ['k', 2, 9],
  ]);
});
