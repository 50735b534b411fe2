import { expect, test } from 'vitest';
import { TimeLimit } from '../../queue/time-limit.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';

function limited(limitMs: number) {
  const clock = new ManualClock();
  const late: [string, number][] = [];
  const startMs = clock.monotonic();
  const limit = new TimeLimit<string>(clock, limitMs, (item) => late.push([item, clock.monotonic() - startMs]));
  return { clock, late, limit };
}

test('each lapses at its own time, and what has ended does not', async () => {
  const { clock, late, limit } = limited(100);
  limit.begin('a');
  await clock.advance(10);
  limit.begin('b');
  limit.begin('c');
  await clock.advance(30);
  limit.begin('d');
  limit.end('b');
  await clock.advance(1_000);
  expect(late).toEqual([
    ['a', 100],
    ['c', 110],
    ['d', 140],
  ]);
});

test('one timer does for all of them, and none is left when all have ended', async () => {
  const { clock, late, limit } = limited(100);
  for (let i = 0; i < 1_000; i++) limit.begin(`k${i}`);
  expect(clock.pending).toBe(1);
  for (let i = 0; i < 999; i++) limit.end(`k${i}`);
  expect(clock.pending).toBe(1);
  limit.end('k999');
  expect(clock.pending).toBe(0);
  await clock.advance(1_000);
  expect(late).toEqual([]);
});

test('after a rest it begins anew', async () => {
  const { clock, late, limit } = limited(100);
  limit.begin('a');
  await clock.advance(100);
  expect(clock.pending).toBe(0);
  // Of one that has lapsed, the end comes too late to matter.
  limit.end('a');
  await clock.advance(500);
  limit.begin('b');
  await clock.advance(99);
  limit.begin('c');
  limit.end('b');
  await clock.advance(99);
  expect(late).toEqual([['a', 100]]);
  await clock.advance(1);
  expect(late).toEqual([
    ['a', 100],
    ['c', 799],
  ]);
});

test('what begins while another lapses has its full time', async () => {
  const clock = new ManualClock();
  const late: string[] = [];
  const limit: TimeLimit<string> = new TimeLimit(clock, 100, (item) => {
    late.push(item);
    if (item === 'a') limit.begin('again');
  });
  limit.begin('a');
  await clock.advance(199);
  expect(late).toEqual(['a']);
  await clock.advance(1);
  expect(late).toEqual(['a', 'again']);
  expect(clock.pending).toBe(0);
});
