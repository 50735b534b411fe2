import { expect, test } from 'vitest';
import { ceilSeconds, parseDuration } from '../../../services/rpc/duration.ts';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['0s', 0],
  [1234, 1234],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toEqual({ ok: true, value: ms });
});

test.each(['', '5', 'm', '-5m', '5 m', '1h30m', '1e3s', -1, Number.NaN, Number.POSITIVE_INFINITY])(
  '%s is no duration',
  (text) => {
    expect(parseDuration(text)).toMatchObject({ ok: false, problem: expect.stringContaining('a duration is') });
  },
);

test('seconds are rounded up', () => {
  expect([0, 1, 1000, 1001].map(ceilSeconds)).toEqual([0, 1, 1, 2]);
});
