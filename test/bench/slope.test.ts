import { expect, test } from 'vitest';
import { slope } from '../../bench/slope.ts';

test.for([
  [
    'flat',
    [
      [0, 5],
      [1, 5],
      [2, 5],
    ],
    0,
  ],
  [
    'rising by two',
    [
      [0, 1],
      [1, 3],
      [2, 5],
    ],
    2,
  ],
  [
    'rising among noise',
    [
      [0, 0],
      [1, 2],
      [2, 1],
      [3, 3],
    ],
    0.8,
  ],
] as const)('the slope of points that are %s', ([, points, expected]) => {
  expect(slope(points)).toBeCloseTo(expected);
});

test('one point has none', () => {
  expect(slope([[1, 1]])).toBeNaN();
});
