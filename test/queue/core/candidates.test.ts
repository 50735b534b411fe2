import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asCandidate, type Candidate, compareCandidates } from '../../../queue/core/candidate.ts';
import { Candidates } from '../../../queue/core/candidates.ts';
import { Heap } from '../../../queue/core/heap.ts';
import type { Key } from '../../../queue/core/key.ts';

function candidate(key: string, priority = 0, eligibleMs = 0, dueMs = 0): Candidate {
  const object = { name: `queued/${key}`, generation: '1', metageneration: '1', metadata: {} };
  return { key: key as Key, ...object, priority, eligibleMs, dueMs, preferred: true, lost: 0 };
}

test('a heap gives its items back in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a - b);
      for (const number of numbers) heap.push(number);
      const sorted = numbers.map(() => heap.pop());
      expect(sorted).toEqual(numbers.toSorted((a, b) => a - b));
    }),
  );
});

describe('the candidates', () => {
  test('are taken by priority, then by how long they have been eligible', () => {
    const candidates = new Candidates(100);
    for (const each of [candidate('new', 1, 9), candidate('high', 5, 9), candidate('old', 1, 2)])
      candidates.offer(each, 0);
    expect([candidates.take(0), candidates.take(0), candidates.take(0)].map((each) => each?.key)).toEqual([
      'high',
      'old',
      'new',
    ]);
    expect(candidates.take(0)).toBeUndefined();
  });

  test('whose time has not come wait for it', () => {
    const candidates = new Candidates(100);
    candidates.offer(candidate('later', 9, 0, 50), 0);
    candidates.offer(candidate('now'), 0);
    expect(candidates.take(0)?.key).toBe('now');
    expect(candidates.take(49)).toBeUndefined();
    expect(candidates.nextDueMs()).toBe(50);
    expect(candidates.take(50)?.key).toBe('later');
  });

  test('forget the due ones of other regions, and say that only a sweep tells which are left', () => {
    const candidates = new Candidates(100);
    candidates.offer({ ...candidate('theirs', 9), preferred: false }, 0);
    candidates.offer(candidate('ours'), 0);
    expect(candidates.isLow(4)).toBe(false);
    candidates.forgetForeign();
    expect(candidates.size).toBe(1);
    expect(candidates.isLow(4)).toBe(true);
    expect(candidates.take(0)?.key).toBe('ours');
    candidates.expectAll();
    expect(candidates.isLow(4)).toBe(false);
  });

  test('doubt nothing when there was nothing of other regions to forget', () => {
    const candidates = new Candidates(100);
    candidates.offer(candidate('ours'), 0);
    candidates.forgetForeign();
    expect(candidates.isLow(4)).toBe(false);
  });

  test('know one entry of a key, the last one seen', () => {
    const candidates = new Candidates(100);
    candidates.offer(candidate('k', 9, 0, 50), 0);
    candidates.offer({ ...candidate('k'), generation: '2' }, 0);
    expect(candidates.size).toBe(1);
    expect(candidates.take(100)?.generation).toBe('2');
    expect(candidates.take(100)).toBeUndefined();
  });

  test('are bounded: the best are kept, and it is known that there are more', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ priority: fc.nat(5), dueMs: fc.nat(3) }), { maxLength: 400 }), (seen) => {
        const candidates = new Candidates(20);
        const all = seen.map(({ priority, dueMs }, index) => candidate(`k${index}`, priority, index, dueMs));
        for (const each of all) candidates.offer(each, 1);
        expect(candidates.size).toBeLessThanOrEqual(40);
        const best = all
          .filter(({ dueMs }) => dueMs <= 1)
          .toSorted(compareCandidates)
          .slice(0, 10);
        const taken = best.map(() => candidates.take(1)?.key);
        expect(taken).toEqual(best.map(({ key }) => key));
        const due = all.filter(({ dueMs }) => dueMs <= 1).length;
        let left = due - taken.length;
        while (candidates.take(1)) left--;
        if (left > 0) expect(candidates.isLow(40)).toBe(true);
      }),
    );
  });

  test('of a queue that is swept anew are all welcome again', () => {
    const candidates = new Candidates(4);
    for (let i = 0; i < 10; i++) candidates.offer(candidate(`k${i}`, 0, i), 0);
    while (candidates.take(0));
    expect(candidates.isLow(40)).toBe(true);
    candidates.expectAll();
    expect(candidates.isLow(40)).toBe(false);
  });
});

describe('a waiting entry as a candidate', () => {
  const object = { name: 'queued/k', generation: '1', metageneration: '1', metadata: {} };
  const entry = { priority: 3, attempts: 0, firstQueuedMs: 1_000, unknown: {} };

  test('of this region may start at once, or at its time', () => {
    const now = asCandidate({ key: 'k' as Key, object, entry, preferred: true });
    expect(now).toMatchObject({ priority: 3, eligibleMs: 1_000, dueMs: 0 });
    const later = asCandidate({ key: 'k' as Key, object, entry: { ...entry, notBeforeMs: 5_000 }, preferred: true });
    expect(later).toMatchObject({ eligibleMs: 5_000, dueMs: 5_000 });
  });

  test('of another region is left alone for 2 s, and stands behind', () => {
    const other = asCandidate({ key: 'k' as Key, object, entry, preferred: false });
    expect(other).toMatchObject({ eligibleMs: 61_000, dueMs: 3_000 });
  });
});
