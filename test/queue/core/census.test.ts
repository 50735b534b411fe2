import { describe, expect, test } from 'vitest';
import { decodeEntry, encodeEntry } from '../../../queue/core/entry.ts';
import { mergeEnqueue } from '../../../queue/core/merge.ts';
import { CensusCount, eligibleSinceMs, leasedSinceMs, priorityClass } from '../../../queue/core/census.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const instant = (ms: number) => new Date(ms).toISOString();

function countOf(objects: Readonly<Record<string, Record<string, string>>>) {
  const count = new CensusCount(NOW);
  const standings: Record<string, string | undefined> = {};
  for (const [name, metadata] of Object.entries(objects)) {
    standings[name] = count.add({ name, generation: '7', metadata })?.standing;
  }
  return { census: count.census(), standings };
}

describe('a census', () => {
  test('tells what may start from what waits, what runs, and what is dead', () => {
    const { census, standings } = countOf({
      'dispatchers/a': { expires: instant(NOW + 20_000), instance: 'i1' },
      'in-progress/run': { owner: 'a/7', fence: String((NOW - 30_000) * 1000), attempts: '4' },
      'in-progress/lost': { owner: 'a/6', fence: String((NOW - 90_000) * 1000), attempts: '1' },
      'queued/run': { 'first-queued': String(NOW - 600_000) },
      'queued/now': { 'first-queued': String(NOW - 60_000), attempts: '2' },
      'queued/later': { 'not-before': instant(NOW + 60_000) },
      'queued/sooner': { 'not-before': instant(NOW + 5_000) },
      'queued/due': { 'not-before': instant(NOW - 10_000), 'first-queued': '0', priority: '00000012' },
      'dead-letter/gone': { 'failed-time': instant(NOW - 86_400_000), attempts: '100' },
      'dead-letter/again': { 'failed-time': instant(NOW - 999_000_000), redriven: instant(NOW) },
      'control/pause': { reason: 'bad deploy', by: 'ann' },
    });
    expect(standings).toMatchObject({
      'in-progress/run': 'running',
      'queued/run': 'touched',
      'queued/now': 'eligible',
      'queued/later': 'waiting',
      'queued/due': 'eligible',
      'dead-letter/gone': 'dead',
      'dead-letter/again': 'redriven',
    });
    expect(census.counts).toEqual({ eligible: 2, waiting: 2, touched: 1, running: 2, dead: 1, redriven: 1 });
    expect(census).toMatchObject({
      takenMs: NOW,
      pause: { reason: 'bad deploy', by: 'ann' },
      oldestEligibleMs: NOW - 60_000,
      nextDueMs: NOW + 5_000,
      longestRunningMs: NOW - 90_000,
      oldestDeadMs: NOW - 86_400_000,
      maxAttempts: 4,
      holders: [{ region: 'a', generation: '7', instance: 'i1', leases: 1 }],
    });
    expect(census.eligible).toMatchObject({
      '0': { count: 1, oldestMs: NOW - 60_000 },
      '1': { count: 0 },
      '10': { count: 1, oldestMs: NOW - 10_000 },
    });
    expect(Object.fromEntries(census.owners)).toEqual({ 'a/7': 1, 'a/6': 1 });
  });

  test('of an empty bucket is all zeros, for every class', () => {
    const { census } = countOf({});
    expect(Object.values(census.counts)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Object.values(census.eligible)).toEqual(Array.from({ length: 5 }, () => ({ count: 0 })));
    expect(census.oldestEligibleMs).toBeUndefined();
  });

  test('counts what others left: names that are no keys, metadata that does not parse', () => {
    const { census } = countOf({ 'queued/': {}, 'queued/..': {}, 'queued/k': { priority: 'high' }, 'other/x': {} });
    expect(census).toMatchObject({
      foreign: 2,
      foreignNames: ['queued/', 'queued/..'],
      malformed: 1,
      counts: { eligible: 1 },
    });
  });

  test('a pause that has ended is none', () => {
    expect(countOf({ 'control/pause': { until: instant(NOW) } }).census.pause).toBeUndefined();
    expect(countOf({ 'control/pause': { until: instant(NOW + 1) } }).census.pause).toMatchObject({ untilMs: NOW + 1 });
  });
});

test.for([
  ['due at a time: since then', { notBeforeMs: 5, firstQueuedMs: 1 }, 5],
  ['never run: since it was queued', { firstQueuedMs: 5_000 }, 5_000],
  ['run before: since it came back', { firstQueuedMs: 5_000, lastAttemptedSeconds: 9 }, 9_000],
  ['from a Go service that ran it', { lastAttemptedSeconds: 9 }, 9_000],
  ['from a Go service: nobody knows', {}, undefined],
] as const)('an entry is eligible since: %s', ([, fields, expected]) => {
  expect(eligibleSinceMs({ priority: 0, attempts: 0, unknown: {}, ...fields })).toBe(expected);
});

test('an entry that is brought forward is eligible since then, however old its story', () => {
  const waiting = {
    priority: 0,
    attempts: 0,
    firstQueuedMs: NOW - 30 * 86_400_000,
    lastAttemptedSeconds: Math.floor(NOW / 1000) - 3_600,
    notBeforeMs: NOW + 3_600_000,
    unknown: {},
  };
  const touched = mergeEnqueue(waiting, { priority: 0 }, NOW + 999);
  expect(decodeEntry(encodeEntry(touched)).entry.notBeforeMs).toBe(NOW);
  expect(eligibleSinceMs(touched)).toBe(NOW);
});

test('a lease began when its fence says, if that can be', () => {
  const since = (fence?: number) => leasedSinceMs({ priority: 0, attempts: 1, unknown: {}, fence }, NOW);
  expect(since(NOW * 1000)).toBe(NOW);
  expect(since((NOW + 3_600_000) * 1000)).toBeUndefined();
  expect(since(12)).toBeUndefined();
  expect(since()).toBeUndefined();
});

test('priorities fall into few classes', () => {
  expect([0, 1, 9, 10, 99, 100, 999, 1000, 99_999_999].map(priorityClass)).toEqual([
    ...['0', '1', '1', '10', '10', '100', '100', '1000', '1000'],
  ]);
});
