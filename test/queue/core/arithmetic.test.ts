import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterLease, CLEAR, type Congestion } from '../../../queue/core/congestion.ts';
import { hintMessage, parseHint, subscriptionFilter } from '../../../queue/core/hint.ts';
import type { Key } from '../../../queue/core/key.ts';
import { leasedEntry, ownerOf, parseOwner } from '../../../queue/core/lease.ts';
import {
  decodeLock,
  DEFAULT_LOCK,
  encodeLock,
  fairShare,
  holdingDeadline,
  isHolding,
  isLapsed,
} from '../../../queue/core/lock.ts';
import { judgeHolding } from '../../../queue/core/orphan.ts';
import { afterAnswer, type Health, HEALTHY, mayProbe } from '../../../queue/core/outage.ts';
import { afterRun, endingSoon, leasesAhead, type Pace } from '../../../queue/core/pace.ts';
import { isPaused } from '../../../queue/core/pause.ts';
import { preferredRegion } from '../../../queue/core/preference.ts';

const NOW = Date.UTC(2026, 0, 1);

describe('the region lock', () => {
  test('is trusted by its holder for 28 s from the sending, and acted upon by others after 32 s', () => {
    const deadline = holdingDeadline(NOW, 500, DEFAULT_LOCK);
    expect(isHolding(deadline, NOW + 27_999, 28_499)).toBe(true);
    expect(isHolding(deadline, NOW + 28_000, 28_499)).toBe(false);
    expect(isHolding(deadline, NOW + 27_999, 28_500)).toBe(false);
    const lock = decodeLock(encodeLock(NOW + DEFAULT_LOCK.lifeMs, 'me'));
    expect(isLapsed(lock, NOW + 31_999, DEFAULT_LOCK)).toBe(false);
    expect(isLapsed(lock, NOW + 32_000, DEFAULT_LOCK)).toBe(true);
  });

  test('no one acts while its holder may still trust it, with clocks a second apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 1_000 }), fc.nat(60_000), (skewMs, passedMs) => {
        const holds = isHolding(holdingDeadline(NOW, 0, DEFAULT_LOCK), NOW + passedMs, passedMs);
        const lapsed = isLapsed(decodeLock(encodeLock(NOW + 30_000, 'me')), NOW + passedMs + skewMs, DEFAULT_LOCK);
        expect(holds && lapsed).toBe(false);
      }),
    );
  });

  test('shares add up to the limit exactly, the remainder going to the first regions', () => {
    expect(['a', 'b', 'c'].map((region) => fairShare(5, ['a', 'b', 'c'], region))).toEqual([2, 2, 1]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 12 }), (concurrency, count) => {
        const regions = Array.from({ length: count }, (_, index) => `r${index}`);
        const shares = regions.map((region) => fairShare(concurrency, regions, region));
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(concurrency);
      }),
    );
    expect(fairShare(5, ['a'], 'elsewhere')).toBe(0);
  });
});

describe('a lease', () => {
  const waiting = {
    priority: 1,
    attempts: 2,
    notBeforeMs: 5,
    floor: true,
    fence: 7,
    bump: 'x',
    unknown: { theirs: 'y' },
  };

  test('counts an attempt, has an owner and a higher fence, and no time to wait for', () => {
    const leased = leasedEntry(waiting, 'a/1', NOW);
    expect(leased).toMatchObject({ attempts: 3, owner: 'a/1', fence: NOW * 1000, unknown: { theirs: 'y' } });
    expect(leased).toMatchObject({ notBeforeMs: undefined, floor: undefined, bump: undefined });
  });

  test('has a higher fence than the one before, even if the clock went back', () => {
    const first = leasedEntry(waiting, 'a/1', NOW);
    expect(leasedEntry(first, 'a/2', NOW - 60_000).fence).toBe((first.fence ?? 0) + 1);
  });

  test('is owned by a lock generation, which is read back from it', () => {
    expect(parseOwner(ownerOf('europe-west1', '123'))).toEqual({ region: 'europe-west1', generation: '123' });
    for (const foreign of ['', 'go-dispatcher', 'a/b', 'a/1/2', '/1']) expect(parseOwner(foreign)).toBeUndefined();
  });

  test.for([
    ['by its live lock', { owner: 'a/1' }, { generation: '1', expiresMs: NOW }, 'held'],
    ['by a lock that has lapsed', { owner: 'a/1' }, { generation: '1', expiresMs: NOW - 2_000 }, 'lapsing'],
    ['by nobody: the lock is gone', { owner: 'a/1' }, undefined, 'orphaned'],
    ['by nobody: the lock is another', { owner: 'a/1' }, { generation: '2', expiresMs: NOW }, 'orphaned'],
    ['by a foreign owner until it expires', { owner: 'go', leaseExpirationMs: NOW }, undefined, 'held'],
    ['by nobody: it has expired', { owner: 'go', leaseExpirationMs: NOW - 2_000 }, undefined, 'orphaned'],
    ['by nobody: it says nothing', {}, undefined, 'orphaned'],
  ] as const)('is held %s', ([, fields, lock, expected]) => {
    const entry = { priority: 0, attempts: 1, unknown: {}, ...fields };
    expect(judgeHolding(entry, lock && { instance: 'i', ...lock }, NOW, DEFAULT_LOCK)).toBe(expected);
  });
});

describe('the preferred region of a key', () => {
  const regions = ['europe-west1', 'us-central1', 'asia-east1'];

  test('is the same whatever the order of the regions, and all get their part', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 3_000; i++) {
      const region = preferredRegion(`key ${i}`, regions);
      expect(preferredRegion(`key ${i}`, regions.toReversed())).toBe(region);
      counts.set(region, (counts.get(region) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(counts.size).toBe(3);
  });

  test('stays when another region goes', () => {
    for (let i = 0; i < 300; i++) {
      const region = preferredRegion(`key ${i}`, regions);
      const without = regions.filter((each) => each !== 'asia-east1');
      if (region !== 'asia-east1') expect(preferredRegion(`key ${i}`, without)).toBe(region);
    }
  });
});

describe('a hint', () => {
  const hint = { key: 'a b/é' as Key, generation: '17', metageneration: '2', metadata: { priority: '00000001' } };

  test('says what was written, to the region that should start the key', () => {
    const message = hintMessage(hint, 'europe-west1');
    expect(message.attributes).toEqual({ kind: 'hint', region: 'europe-west1' });
    expect(parseHint(message.data)).toEqual({ ok: true, value: hint });
    expect(subscriptionFilter('europe-west1')).toBe('attributes.region = "europe-west1" OR attributes.kind = "tick"');
  });

  test.for([
    '',
    '{}',
    '[]',
    'null',
    '{"key":""}',
    '{"key":"k","generation":17,"metageneration":"1","metadata":{}}',
    '{"key":"k","generation":"1","metageneration":"1","metadata":{"a":1}}',
  ])('may not be %s', (data) => {
    expect(parseHint(data).ok).toBe(false);
  });

  test('of any bytes is read without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (data) => {
        expect(parseHint(data)).toHaveProperty('ok');
      }),
    );
  });
});

describe('leases ahead of the slots', () => {
  test('make up for the time a lease takes, and are few where runs are long', () => {
    expect(leasesAhead(100, { leaseMs: 60, runMs: 20 })).toBe(375);
    expect(leasesAhead(100, { leaseMs: 600, runMs: 20 })).toBe(600);
    expect(leasesAhead(100, { leaseMs: 60, runMs: 60 })).toBe(125);
    expect(leasesAhead(100, { leaseMs: 60, runMs: 1_000 })).toBe(8);
    expect(leasesAhead(100, { leaseMs: 60, runMs: 60_000 })).toBe(0);
    expect(leasesAhead(100, {})).toBe(0);
  });

  test('shrink when the store is slow: what is asked of it ahead makes it no faster', () => {
    expect(leasesAhead(100, { leaseMs: 6_000, runMs: 20 })).toBe(100);
    expect(leasesAhead(100, { leaseMs: 60_000, runMs: 20 })).toBe(10);
  });

  test('are as many as the runs that are about to end together', () => {
    const pace = { leaseMs: 60, runMs: 1_000, deviationMs: 0 };
    const began = [0, 0, 0, 400, 900];
    expect(endingSoon(began, 100, pace, 900)).toEqual({ runs: 0, nextAtMs: 925 });
    expect(endingSoon(began, 100, pace, 925)).toEqual({ runs: 3, nextAtMs: 1_325 });
    expect(endingSoon([900, 930], 100, pace, 1_960)).toEqual({ runs: 2 });
    // Late ones may be of another kind.
    expect(endingSoon(began, 100, pace, 1_100)).toEqual({ runs: 0, nextAtMs: 1_325 });
  });

  test('are not guessed where runs are of unlike length, or so short that all slots are made up for anyway', () => {
    expect(endingSoon([0], 100, { leaseMs: 60, runMs: 1_000, deviationMs: 101 }, 1_000)).toEqual({ runs: 0 });
    expect(endingSoon([0], 100, { leaseMs: 60, runMs: 20, deviationMs: 0 }, 20)).toEqual({ runs: 0 });
    expect(endingSoon([0], 100, {}, 20)).toEqual({ runs: 0 });
    const alike = [1_000, 1_000, 1_000].reduce<Pace>(afterRun, {});
    expect(alike).toEqual({ runMs: 1_000, deviationMs: 0 });
    const unlike = [1_000, 100, 3_000].reduce<Pace>(afterRun, {});
    expect(unlike.deviationMs).toBeGreaterThan(200);
  });
});

describe('leases at once', () => {
  const refuse = (before: Congestion, underWay: number, nowMs: number) => afterLease(before, false, underWay, nowMs);
  const give = (before: Congestion, nowMs: number) => afterLease(before, true, 10, nowMs);

  test('are halved when the bucket refuses several, once a second, down to one', () => {
    let congestion = CLEAR;
    for (let i = 0; i < 50; i++) congestion = refuse(congestion, 100, 0);
    expect(congestion.window).toBe(50);
    for (let i = 0; i < 50; i++) congestion = refuse(congestion, 50, 1_000);
    expect(congestion.window).toBe(25);
    for (let s = 2; s < 20; s++) for (let i = 0; i < 5; i++) congestion = refuse(congestion, 25, s * 1_000);
    expect(congestion.window).toBe(1);
  });

  test('grow by one for each round that is given', () => {
    let congestion: Congestion = { ...CLEAR, window: 10 };
    for (let i = 0; i < 11; i++) congestion = give(congestion, i);
    expect(congestion.window).toBeGreaterThan(11);
    expect(congestion.window).toBeLessThan(11.1);
  });

  test('do not suffer from one object that is written too often', () => {
    let congestion: Congestion = { ...CLEAR, window: 100 };
    for (let s = 0; s < 60; s++) {
      for (let i = 0; i < 50; i++) congestion = give(congestion, s * 1_000 + i);
      congestion = refuse(congestion, 100, s * 1_000 + 60);
    }
    expect(congestion.window).toBeGreaterThan(100);
  });
});

describe('the health of a reconciler', () => {
  test('is lost after five keys in a row, not after one key five times', () => {
    const fail = (health: Health, key: string) => afterAnswer(health, key, false, 0);
    expect(['k', 'k', 'k', 'k', 'k', 'k'].reduce(fail, HEALTHY).kind).toBe('up');
    expect(['a', 'b', 'c', 'd', 'e'].reduce(fail, HEALTHY).kind).toBe('down');
    expect(fail(afterAnswer(['a', 'b', 'c', 'd'].reduce(fail, HEALTHY), 'x', true, 0), 'e').kind).toBe('up');
  });

  test('is probed after 1 s, 2 s, 4 s and so on up to 30 s, one key at a time', () => {
    let health = ['a', 'b', 'c', 'd', 'e'].reduce((before: Health, key) => afterAnswer(before, key, false, 0), HEALTHY);
    const waits: number[] = [];
    for (let probe = 0; probe < 7; probe++) {
      if (health.kind !== 'down') throw new Error('up');
      waits.push(health.waitMs);
      expect(mayProbe(health, false, health.probeAtMs - 1)).toBe(false);
      expect(mayProbe(health, true, health.probeAtMs)).toBe(false);
      expect(mayProbe(health, false, health.probeAtMs)).toBe(true);
      health = afterAnswer(health, 'p', false, health.probeAtMs);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(afterAnswer(health, 'p', true, 0)).toBe(HEALTHY);
  });
});

describe('a pause', () => {
  test('holds without end, until its end, and without end if that does not parse', () => {
    expect(isPaused(undefined, NOW)).toBe(false);
    expect(isPaused({}, NOW)).toBe(true);
    expect(isPaused({ until: '2026-01-01T00:00:01Z' }, NOW)).toBe(true);
    expect(isPaused({ until: '2026-01-01T00:00:00Z' }, NOW)).toBe(false);
    expect(isPaused({ until: 'Friday' }, NOW)).toBe(true);
  });
});
