import { expect, test } from 'vitest';
import { TestQueue } from 'levelset/testing';
import { hello } from '../../../examples/hello/reconciler.ts';

test('a flaky greeting fails twice, then succeeds', async () => {
  await using queue = new TestQueue(hello);
  await queue.enqueue('flaky friend');
  await queue.advance('3m');
  const outcomes = queue.runsOf('flaky friend').map(({ attempt, outcome }) => `${attempt} ${outcome}`);
  expect(outcomes).toEqual(['1 failed', '2 failed', '3 done']);
});

test('there is nobody to greet: a dead letter with the reason', async () => {
  await using queue = new TestQueue(hello);
  await queue.enqueue('nobody');
  expect(queue.deadLetters()).toMatchObject([{ key: 'nobody', cause: 'rejected', error: 'there is nobody to greet' }]);
});

test('everyone is greeted, and the daily one again tomorrow', async () => {
  await using queue = new TestQueue(hello);
  await queue.enqueue('everyone');
  await queue.enqueue('daily stand-up');
  await queue.advance('25h');
  expect(queue.runs.map(({ key }) => key)).toEqual(['everyone', 'alice', 'bob', 'daily stand-up', 'daily stand-up']);
});
