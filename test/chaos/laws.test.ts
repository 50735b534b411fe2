import { describe, expect, test } from 'vitest';
import { type Evidence, type RunLine, runsOf, type SeenRun, type Written } from './evidence.ts';
import { violations } from './laws.ts';
import { planOf } from './plan.ts';

const iso = (ms: number) => new Date(ms).toISOString();
let generation = 1;

const lock = (atMs: number, of: string, region = 'north', instance = 'i1'): Written => ({
  name: `dispatchers/${region}`,
  generation: of,
  atMs,
  metadata: { expires: iso(atMs + 6_000), instance },
});
const queued = (atMs: number, key = 'k', recoveries?: number): Written => ({
  name: `queued/${key}`,
  generation: String(generation++),
  atMs,
  metadata: recoveries === undefined ? {} : { recoveries: String(recoveries) },
});
const leased = (atMs: number, fence: number, of = 'L1', key = 'k', region = 'north'): Written => ({
  name: `in-progress/${key}`,
  generation: String(generation++),
  atMs,
  metadata: { fence: String(fence), owner: `${region}/${of}` },
});
const gone = (name: string): Written => ({ name, gone: true });
const run = (fence: number, beganMs: number, endedMs: number, how = 'done', key = 'k'): SeenRun => ({
  key,
  fence,
  beganMs,
  endedMs,
  how,
});

/** A key that is enqueued, leased, run, and done. */
const WELL: Evidence = {
  acknowledged: [{ key: 'k', calledMs: 900 }],
  runs: [run(1, 1_200, 1_300)],
  bucket: [
    queued(1_000),
    lock(1_050, 'L1'),
    leased(1_100, 1),
    gone('queued/k'),
    gone('in-progress/k'),
    lock(1_400, 'L1'),
  ],
  concurrency: 1,
  lockMarginMs: 2_000,
};

/** Its dispatcher is lost; another one recovers the key when the lock has lapsed, while the first run goes on. */
const RECOVERED: Evidence = {
  ...WELL,
  runs: [run(1, 1_200, 20_000, 'aborted'), run(2, 9_300, 9_400)],
  bucket: [
    queued(1_000),
    lock(1_050, 'L1'),
    leased(1_100, 1),
    gone('queued/k'),
    gone('dispatchers/north'),
    queued(9_100, 'k', 1),
    gone('in-progress/k'),
    lock(9_150, 'L2', 'south', 'i2'),
    leased(9_200, 2, 'L2', 'k', 'south'),
    gone('queued/k'),
    gone('in-progress/k'),
    lock(9_500, 'L2', 'south', 'i2'),
  ],
};

describe('the laws of a round', () => {
  test('hold of an ordinary run, and of one that was overtaken after its lock had lapsed', () => {
    expect(violations(WELL)).toEqual([]);
    expect(violations(RECOVERED)).toEqual([]);
  });

  test.each<[string, Evidence, RegExp]>([
    ['no run', { ...WELL, runs: [] }, /not reconciled after the call/],
    ['a run that began before the call', { ...WELL, acknowledged: [{ key: 'k', calledMs: 1_201 }] }, /not reconciled/],
    ['a run that failed', { ...WELL, runs: [run(1, 1_200, 1_300, 'failed')] }, /not reconciled/],
    ['a key that is left', { ...WELL, bucket: [...WELL.bucket, queued(2_000)] }, /left in the bucket: name=queued\/k/],
    ['a dead letter', { ...WELL, bucket: [...WELL.bucket, { ...queued(2_000), name: 'dead-letter/k' }] }, /left/],
    ['two runs of one lease', { ...WELL, runs: [...WELL.runs, run(1, 1_210, 1_300)] }, /two runs under one lease/],
    ['a run without a lease', { ...WELL, runs: [run(7, 1_200, 1_300)] }, /a run without a lease/],
    ['a run before its lease', { ...WELL, runs: [run(1, 1_099, 1_300)] }, /before its lease/],
    ['a lease that ends before its run', { ...WELL, runs: [run(1, 1_200, 1_401)] }, /settled before its run had ended/],
    [
      'a recovery while the lock lives',
      {
        ...RECOVERED,
        bucket: RECOVERED.bucket
          .filter(({ name }, at) => at !== 4 || name !== 'dispatchers/north')
          .map((write) => ('gone' in write || write.atMs !== 9_100 ? write : { ...write, atMs: 9_049 })),
      },
      /taken from a live holder/,
    ],
    [
      'a lock overwritten early',
      { ...WELL, bucket: [...WELL.bucket, lock(9_399, 'L9', 'north', 'i9')] },
      /had not lapsed/,
    ],
    [
      'a lease overwritten',
      { ...WELL, bucket: WELL.bucket.toSpliced(3, 0, leased(1_150, 9)) },
      /a lease was overwritten/,
    ],
    [
      'one call more than the limit',
      {
        ...WELL,
        runs: [...WELL.runs, run(3, 1_250, 1_260, 'done', 'other')],
        bucket: WELL.bucket
          .toSpliced(3, 0, leased(1_110, 3, 'L1', 'other'))
          .concat(gone('in-progress/other'), lock(1_500, 'L1')),
      },
      /2 calls at once under live leases: limit=1/,
    ],
  ])('do not hold of %s', (_name, evidence, said) => {
    expect(violations(evidence).join('\n')).toMatch(said);
  });

  test('a call under a lock that has lapsed does not count against the limit', () => {
    const overtaken = { ...RECOVERED, runs: [run(1, 1_200, 20_000, 'aborted'), run(2, 9_300, 9_400)] };
    expect(violations({ ...overtaken, concurrency: 1 })).toEqual([]);
  });

  test('a run ends with its process', () => {
    const began = (of: string, pid: number): RunLine => ({
      what: 'began',
      run: of,
      atMs: 1,
      pid,
      key: 'k',
      attempt: 1,
      fence: 1,
    });
    const lines: RunLine[] = [
      began('a', 1),
      began('b', 2),
      began('c', 1),
      { what: 'ended', run: 'c', atMs: 5, how: 'done' },
    ];
    const seen = runsOf(lines, new Map([[1, 9]]));
    expect(seen.map(({ how, endedMs }) => [how, endedMs])).toEqual([
      ['killed', 9],
      ['running', Number.POSITIVE_INFINITY],
      ['done', 5],
    ]);
  });
});

test('a seed stands for one plan; most stops outlive the lock', () => {
  expect(planOf(7, 20_000)).toEqual(planOf(7, 20_000));
  const strikes = Array.from({ length: 50 }, (_, seed) => planOf(seed, 20_000).strikes).flat();
  const stops = strikes.flatMap(({ stopMs }) => stopMs ?? []);
  expect(stops.filter((ms) => ms >= 8_000).length).toBeGreaterThan(stops.length / 2);
  expect(new Set(strikes.filter(({ stopMs }) => stopMs === undefined).map(({ victim }) => victim)).size).toBe(6);
});
