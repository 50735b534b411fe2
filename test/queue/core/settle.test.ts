import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs, DEFAULT_RETRY } from '../../../queue/core/backoff.ts';
import type { Entry } from '../../../queue/core/entry.ts';
import type { Outcome } from '../../../queue/core/outcome.ts';
import { settle, settleRecovery } from '../../../queue/core/settle.ts';
import { MAX_ERROR_BYTES, oneLine } from '../../../queue/core/text.ts';

const NOW = 1_000_000_000;
const leased: Entry = {
  priority: 3,
  attempts: 4,
  owner: 'a/1',
  leaseExpirationMs: NOW + 1,
  fence: 9,
  recoveries: 2,
  unknown: { x: 'y' },
};
const decide = (outcome: Outcome, entry = leased, unit = 0) => settle(outcome, entry, NOW, DEFAULT_RETRY, unit);

/** The README's outcome table, row by row. */
describe('what becomes of a key', () => {
  test('done: complete', () => {
    expect(decide({ kind: 'done' })).toEqual({ kind: 'complete' });
  });

  test('keys to queue and no delay: complete', () => {
    expect(decide({ kind: 'enqueue', keys: [] })).toEqual({ kind: 'complete' });
  });

  test.for([
    ['requeueAfter', { kind: 'requeue', delayMs: 5_000, floor: false }, { attempts: 0, notBeforeMs: NOW + 5_000 }],
    [
      'requeueNotBefore',
      { kind: 'requeue', delayMs: 5_000, floor: true },
      { attempts: 0, notBeforeMs: NOW + 5_000, floor: true },
    ],
    [
      'a floor of a day: an hour',
      { kind: 'requeue', delayMs: 86_400_000, floor: true },
      { notBeforeMs: NOW + 3_600_000 },
    ],
    ['keys and a delay', { kind: 'enqueue', keys: [], requeueMs: 7_000 }, { attempts: 0, notBeforeMs: NOW + 7_000 }],
    ['interrupted', { kind: 'interrupted', delayMs: 20_000 }, { attempts: 3, notBeforeMs: NOW + 20_000 }],
    ['unreachable', { kind: 'unreachable', error: 'refused' }, { attempts: 3, lastError: 'refused' }],
    ['failed', { kind: 'failed', error: 'boom' }, { attempts: 4, lastError: 'boom', notBeforeMs: NOW + 240_000 }],
  ] as const)('%s: queued again', ([, outcome, expected]) => {
    const settlement = decide(outcome);
    expect(settlement).toMatchObject({
      kind: 'requeue',
      entry: { ...expected, priority: 3, fence: 9, unknown: { x: 'y' } },
    });
    if (settlement.kind !== 'requeue') throw new Error(settlement.kind);
    expect(settlement.entry).toMatchObject({ owner: undefined, leaseExpirationMs: undefined });
    // What is no answer about the key does not clear the count of lost dispatchers.
    const noAnswer = outcome.kind === 'interrupted' || outcome.kind === 'unreachable';
    expect(settlement.entry.recoveries).toBe(noAnswer ? 2 : undefined);
  });

  test('rejected: a dead letter at once', () => {
    expect(decide({ kind: 'rejected', reason: 'no\nway' })).toMatchObject({
      kind: 'bury',
      entry: { cause: 'rejected', lastError: 'no way', failedMs: NOW, attempts: 4 },
    });
  });

  test('failed at the maximum: a dead letter', () => {
    const last = { ...leased, attempts: 100 };
    expect(decide({ kind: 'failed', error: 'boom' }, last)).toMatchObject({
      kind: 'bury',
      entry: { cause: 'exhausted' },
    });
    expect(decide({ kind: 'failed', error: 'boom' }, { ...leased, attempts: 99 }).kind).toBe('requeue');
    expect(decide({ kind: 'interrupted', delayMs: 0 }, last).kind).toBe('requeue');
  });

  test('its dispatcher lost: the attempt is given back four times in a row, spent from the fifth on', () => {
    const after = (recoveries: number) => settleRecovery({ ...leased, recoveries }, NOW, DEFAULT_RETRY);
    expect(after(0)).toMatchObject({ kind: 'requeue', entry: { attempts: 3, recoveries: 1 } });
    expect(after(3)).toMatchObject({ kind: 'requeue', entry: { attempts: 3, recoveries: 4 } });
    expect(after(4)).toMatchObject({ kind: 'requeue', entry: { attempts: 4, recoveries: 5 } });
    expect(settleRecovery({ ...leased, recoveries: 9, attempts: 100 }, NOW, DEFAULT_RETRY)).toMatchObject({
      kind: 'bury',
      entry: { cause: 'exhausted' },
    });
  });
});

describe('the wait after a failure', () => {
  test('is 30 s, doubling to 10 min, plus up to half', () => {
    const waits = [1, 2, 3, 4, 5, 6, 50].map((attempts) => backoffMs(attempts, DEFAULT_RETRY, 0));
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, unit) => {
          const least = backoffMs(attempts, DEFAULT_RETRY, 0);
          const wait = backoffMs(attempts, DEFAULT_RETRY, unit);
          expect(wait).toBeGreaterThanOrEqual(least);
          expect(wait).toBeLessThanOrEqual(least * 1.5);
        },
      ),
    );
  });
});

describe('an error', () => {
  test('is kept as one line of at most 1 KiB, cut at a character', () => {
    expect(oneLine('a\n\tb\u0000c  ')).toBe('a b c');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
        const line = oneLine(text.repeat(3));
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_ERROR_BYTES);
        expect(line).not.toMatch(/[\n\r]/);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
    expect(oneLine('🦖'.repeat(400))).toBe(`${'🦖'.repeat(255)}…`);
  });
});
