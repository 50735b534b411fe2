import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntry, encodeEntry, type Entry, metadataChanges } from '../../../queue/core/entry.ts';
import { formatSeconds, parseInstant } from '../../../queue/core/instant.ts';

const seconds = fc.integer({ min: 1, max: 4_000_000_000 }).map((value) => value * 1000);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const entries: fc.Arbitrary<Entry> = fc.record({
  priority: fc.integer({ min: 0, max: 99_999_999 }),
  attempts: fc.nat(),
  notBeforeMs: optional(seconds),
  lastAttemptedSeconds: optional(fc.nat()),
  leaseExpirationMs: optional(seconds),
  owner: optional(fc.string()),
  fence: optional(fc.maxSafeNat()),
  recoveries: optional(fc.nat()),
  redriveOf: optional(fc.nat().map(String)),
  redrivenMs: optional(seconds),
  failedMs: optional(seconds),
  firstQueuedMs: optional(fc.nat()),
  lastError: optional(fc.string()),
  cause: optional(fc.constantFrom('exhausted' as const, 'rejected' as const)),
  traceparent: optional(fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')),
  bump: optional(fc.string()),
  unknown: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.string()),
});

describe('the metadata of an entry', () => {
  test('says what was written', () => {
    fc.assert(
      fc.property(entries, fc.boolean(), (entry, floor) => {
        const full = { ...entry, floor: floor && entry.notBeforeMs !== undefined ? true : undefined };
        expect(decodeEntry(encodeEntry(full))).toEqual({ entry: full, problems: [] });
      }),
    );
  });

  test('of anyone is read without throwing, and what is unknown is kept', () => {
    const names = fc.constantFrom(
      'priority',
      'attempts',
      'not-before',
      'fence',
      'cause',
      'redrive-of',
      'first-queued',
      'theirs',
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (metadata) => {
        const { entry } = decodeEntry(metadata);
        expect(entry.priority).toBeGreaterThanOrEqual(0);
        expect(entry.priority).toBeLessThanOrEqual(99_999_999);
        expect(Number.isSafeInteger(entry.attempts)).toBe(true);
        expect(entry.unknown.theirs).toBe(metadata.theirs);
      }),
    );
  });

  test('has eight digits of priority and whole seconds, rounded up', () => {
    const metadata = encodeEntry({ priority: 42, attempts: 3, notBeforeMs: Date.UTC(2026, 0, 1) + 1, unknown: {} });
    expect(metadata).toEqual({ priority: '00000042', attempts: '3', 'not-before': '2026-01-01T00:00:01Z' });
  });

  test('of a Go service with its zero time means now', () => {
    const { entry, problems } = decodeEntry({
      'not-before': '0001-01-01T00:00:00Z',
      'not-before-floor': 'true',
      priority: '7',
    });
    expect(entry).toMatchObject({ notBeforeMs: undefined, floor: undefined, priority: 7, attempts: 0 });
    expect(problems).toEqual([]);
  });

  test('that does not parse is told of, value and all', () => {
    const { problems } = decodeEntry({ priority: 'high', 'lease-expiration': 'soon' });
    expect(problems).toEqual([
      'metadata priority does not parse: priority="high"',
      'metadata lease-expiration does not parse: lease-expiration="soon"',
    ]);
  });

  test('is changed by naming what differs, and removing what is gone', () => {
    expect(metadataChanges({ a: '1', b: '2', c: '3' }, { a: '1', b: '9', d: '4' })).toEqual({
      b: '9',
      c: null,
      d: '4',
    });
    expect(metadataChanges({ a: '1' }, { a: '1' })).toEqual({});
  });
});

describe('a time', () => {
  test.for([
    ['2026-11-21T05:00:00Z', Date.UTC(2026, 10, 21, 5)],
    ['2026-11-21T05:00:00.123456789Z', Date.UTC(2026, 10, 21, 5) + 123],
    ['2026-11-21T06:00:00+01:00', Date.UTC(2026, 10, 21, 5)],
  ] as const)('%s is understood', ([text, ms]) => {
    expect(parseInstant(text)).toBe(ms);
  });

  test.for(['', 'now', '2026-11-21', '2026-11-21 05:00:00Z', '2026-13-01T00:00:00Z', '1700000000'])(
    '%j is none',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );

  test('is never written earlier than it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (ms) => {
        const written = parseInstant(formatSeconds(ms)) ?? 0;
        expect(written - ms).toBeGreaterThanOrEqual(0);
        expect(written - ms).toBeLessThan(1000);
      }),
    );
  });
});
