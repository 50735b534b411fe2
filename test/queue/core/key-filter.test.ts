import { expect, test } from 'vitest';
import { describeFilter, isEmptyFilter, type KeyFilter, matchesFilter } from '../../../queue/core/key-filter.ts';

const NOW = Date.UTC(2026, 0, 1);
const letter = {
  key: 'a/k',
  standing: 'dead',
  entry: {
    priority: 0,
    attempts: 4,
    lastError: 'Quota exceeded: 403',
    cause: 'rejected',
    failedMs: NOW - 60_000,
    unknown: {},
  },
} as const;

test.for<readonly [KeyFilter, boolean]>([
  [{}, true],
  [{ prefix: 'a/' }, true],
  [{ prefix: 'b' }, false],
  [{ olderMs: 59_999 }, true],
  [{ olderMs: 60_000 }, false],
  [{ attempts: { least: 4, most: 4 } }, true],
  [{ attempts: { least: 5, most: 9 } }, false],
  [{ attempts: { least: 0, most: 3 } }, false],
  [{ reason: 'quota EXCEEDED' }, true],
  [{ reason: 'schema' }, false],
  [{ cause: 'rejected' }, true],
  [{ cause: 'exhausted' }, false],
  [{ prefix: 'a/', reason: 'schema' }, false],
])('the filter %o matches: %s', ([filter, expected]) => {
  expect(matchesFilter(filter, letter, NOW)).toBe(expected);
});

test('a key whose age nobody knows is not older than anything', () => {
  const { failedMs: _, ...entry } = letter.entry;
  expect(matchesFilter({ olderMs: 0 }, { ...letter, entry }, NOW)).toBe(false);
});

test('an empty filter is told from one that leaves something out', () => {
  expect(isEmptyFilter({})).toBe(true);
  expect(isEmptyFilter({ prefix: '', reason: undefined })).toBe(true);
  expect(isEmptyFilter({ olderMs: 0 })).toBe(false);
  expect(describeFilter({})).toBe('all');
  expect(describeFilter({ prefix: 'a/', olderMs: 90_000, attempts: { least: 3, most: Number.MAX_SAFE_INTEGER } })).toBe(
    'prefix="a/" older=90s attempts=3+',
  );
});
