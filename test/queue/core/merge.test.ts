import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../queue/core/entry.ts';
import { mergeEnqueue, mergeReturned, mergeTiming } from '../../../queue/core/merge.ts';

const NOW = 1_000_000;
const timing = (notBeforeMs?: number, floor?: true) => ({ notBeforeMs, floor });

describe('the time of a merged entry', () => {
  test.for([
    ['floor over floor: the later', timing(NOW + 5, true), timing(NOW + 9, true), timing(NOW + 9, true)],
    ['floor over an earlier floor: unchanged', timing(NOW + 9, true), timing(NOW + 5, true), timing(NOW + 9, true)],
    ['floor over none: the floor, outright', timing(NOW + 9), timing(NOW + 5, true), timing(NOW + 5, true)],
    ['floor over now: the floor, outright', timing(), timing(NOW + 5, true), timing(NOW + 5, true)],
    ['none over floor: unchanged', timing(NOW + 9, true), timing(NOW + 5), timing(NOW + 9, true)],
    ['now over floor: unchanged', timing(NOW + 9, true), timing(), timing(NOW + 9, true)],
    ['none over none: the earlier', timing(NOW + 9), timing(NOW + 5), timing(NOW + 5)],
    ['none over an earlier none: unchanged', timing(NOW + 5), timing(NOW + 9), timing(NOW + 5)],
    ['now over a later time: now, to the second', timing(NOW + 9), timing(), timing(NOW)],
    ['a later time over now: now', timing(), timing(NOW + 9), timing()],
    ['now over a time that has passed: unchanged', timing(NOW - 5), timing(), timing(NOW - 5)],
  ] as const)('%s', ([, current, incoming, expected]) => {
    expect(mergeTiming(current, incoming, NOW)).toMatchObject(expected);
  });

  const timings = fc.record({
    notBeforeMs: fc.option(fc.integer({ min: NOW - 100, max: NOW + 100 }), { nil: undefined }),
  });
  const effective = (merged: { notBeforeMs?: number | undefined }) => Math.max(merged.notBeforeMs ?? NOW, NOW);

  test('does not depend on the order of the enqueues', () => {
    fc.assert(
      fc.property(timings, timings, (a, b) => {
        expect(effective(mergeTiming(a, b, NOW))).toBe(effective(mergeTiming(b, a, NOW)));
      }),
    );
  });

  test('is not changed by asking again', () => {
    fc.assert(
      fc.property(timings, timings, fc.boolean(), (a, b, floor) => {
        const once = mergeTiming(a, floor ? { ...b, floor } : b, NOW);
        expect(mergeTiming(once, floor ? { ...b, floor } : b, NOW)).toEqual(once);
      }),
    );
  });
});

describe('an enqueue merged into a waiting entry', () => {
  const current: Entry = {
    priority: 5,
    attempts: 3,
    lastError: 'boom',
    firstQueuedMs: 7,
    traceparent: '00-a',
    unknown: { x: 'y' },
  };

  test('raises the priority and never lowers it; all else stays', () => {
    expect(mergeEnqueue(current, { priority: 9 }, NOW)).toEqual({
      ...current,
      priority: 9,
      notBeforeMs: undefined,
      floor: undefined,
    });
    expect(mergeEnqueue(current, { priority: 1 }, NOW).priority).toBe(5);
  });
});

describe('a run merged into the twin that was queued meanwhile', () => {
  const twin: Entry = { priority: 1, attempts: 0, firstQueuedMs: 500, traceparent: '00-twin', unknown: {} };
  const returned: Entry = {
    priority: 4,
    attempts: 6,
    fence: 77,
    recoveries: 2,
    lastError: 'boom',
    lastAttemptedSeconds: 12,
    firstQueuedMs: 100,
    notBeforeMs: NOW + 60_000,
    traceparent: '00-old',
    unknown: {},
  };

  test('keeps the attempts, the error and the fence of the run, the earlier story, and the time of the touch', () => {
    expect(mergeReturned(twin, returned, NOW)).toEqual({
      ...twin,
      priority: 4,
      attempts: 6,
      fence: 77,
      recoveries: 2,
      lastError: 'boom',
      lastAttemptedSeconds: 12,
      firstQueuedMs: 100,
      notBeforeMs: undefined,
      floor: undefined,
      redriveOf: undefined,
    });
  });

  test('keeps the metadata of others from both', () => {
    const merged = mergeReturned(
      { ...twin, unknown: { a: 'twin' } },
      { ...returned, unknown: { a: 'run', b: 'run' } },
      NOW,
    );
    expect(merged.unknown).toEqual({ a: 'twin', b: 'run' });
  });

  test('is merged once: what this lease was settled into before stays, whoever settles it again', () => {
    const settled = mergeReturned(twin, returned, NOW);
    expect(mergeReturned(settled, { ...returned, attempts: 5, lastError: undefined }, NOW)).toEqual(settled);
  });

  test('a floor that the run asked for holds against the touch', () => {
    const merged = mergeReturned(twin, { ...returned, floor: true }, NOW);
    expect(merged).toMatchObject({ notBeforeMs: NOW + 60_000, floor: true });
  });
});
