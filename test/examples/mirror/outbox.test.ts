import { expect, test } from 'vitest';
import { Outbox, type OutboxOptions, type Posted } from '../../../examples/mirror/watcher/outbox.ts';
import type { Clock } from '../../../queue/ports/clock.ts';

/** Timers that fire when the test says so. */
function stillClock() {
  const tasks: { delayMs: number; task: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(delayMs, task) {
      const entry = { delayMs, task };
      tasks.push(entry);
      return () => void tasks.splice(tasks.indexOf(entry), 1);
    },
    soon: (task) => queueMicrotask(task),
  };
  return { clock, tasks, fire: () => tasks.shift()?.task() };
}

function world(answers: (key: string) => Promise<Posted>, options: Partial<OutboxOptions> = {}) {
  const time = stillClock();
  const posted: string[] = [];
  const said: string[] = [];
  const outbox = new Outbox({
    post: (key) => {
      posted.push(key);
      return answers(key);
    },
    clock: time.clock,
    concurrency: 2,
    limit: 4,
    onOverflow: () => said.push('overflow'),
    onRefused: (key, problem) => said.push(`refused ${key}: ${problem}`),
    onDoor: (open) => said.push(open ? 'open' : 'shut'),
    ...options,
  });
  return { outbox, posted, said, ...time };
}

const accepted = async (): Promise<Posted> => ({ kind: 'accepted' });
const turn = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(() => queueMicrotask(resolve))));

test('a key that changes while it waits is told once', async () => {
  const gate = Promise.withResolvers<Posted>();
  const w = world(() => gate.promise);
  for (const key of ['a', 'b', 'c', 'c', 'c']) w.outbox.add(key);
  expect(w.posted).toEqual(['a', 'b']);
  gate.resolve({ kind: 'accepted' });
  await w.outbox.told();
  expect(w.posted).toEqual(['a', 'b', 'c']);
});

test('a key that changes while it is told is told again', async () => {
  const gate = Promise.withResolvers<Posted>();
  const w = world(() => gate.promise);
  w.outbox.add('a');
  w.outbox.add('a');
  gate.resolve({ kind: 'accepted' });
  await w.outbox.told();
  expect(w.posted).toEqual(['a', 'a']);
});

test('while the door is shut one key at a time is tried, with growing waits; then all are told', async () => {
  let open = false;
  const w = world(async () => (open ? { kind: 'accepted' } : { kind: 'failed', problem: 'refused' }), {
    concurrency: 1,
  });
  for (const key of ['a', 'b']) w.outbox.add(key);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    await turn();
    waits.push(w.tasks[0]?.delayMs ?? -1);
    w.fire();
    await turn();
  }
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  open = true;
  w.fire();
  await w.outbox.told();
  expect(new Set(w.posted.slice(-2))).toEqual(new Set(['a', 'b']));
  expect(w.said).toEqual(['shut', 'open']);
});

test('a key that the door refuses is reported and not told again', async () => {
  const w = world(async () => ({ kind: 'refused', problem: 'HTTP 400' }));
  w.outbox.add('a');
  await w.outbox.told();
  expect(w.posted).toEqual(['a']);
  expect(w.said).toEqual(['refused a: HTTP 400']);
});

test('more keys than are kept are forgotten as a whole, and that is said', () => {
  const w = world(() => new Promise(() => {}));
  for (let i = 0; i < 7; i++) w.outbox.add(`key ${i}`);
  expect(w.said).toEqual(['overflow']);
});

test('a producer that waits for room never overflows', async () => {
  const w = world(accepted);
  for (let i = 0; i < 50; i++) {
    await w.outbox.room();
    w.outbox.add(`key ${i}`);
  }
  await w.outbox.told();
  expect(w.posted).toHaveLength(50);
  expect(w.said).toEqual([]);
});

test('after stop nothing is told', async () => {
  const w = world(accepted);
  w.outbox.stop();
  w.outbox.add('a');
  await w.outbox.told();
  expect(w.posted).toEqual([]);
});
