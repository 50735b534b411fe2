import { describe, expect, test } from 'vitest';
import { type Budget, budgetTable, stateOf } from '../../bench/budget.ts';

const budget = (measured: number[], demand?: Budget['demand']): Budget => ({
  what: 'a thing',
  measured,
  ...(demand && { demand }),
});

describe('a budget', () => {
  test.for([
    [[0.9, 0.95], { least: 0.9 }, 'met'],
    [[0.8, 0.92, 0.95], { least: 0.9 }, 'met by the median'],
    [[0.8, 0.85, 0.95], { least: 0.9 }, 'NOT met'],
    [[4.05], { most: 4.05 }, 'met'],
    [[4.0, 4.06, 4.07], { most: 4.05 }, 'NOT met'],
    [[], { most: 1 }, 'not measured'],
    [[Number.NaN, 0.5], { most: 1 }, 'not measured'],
  ] as const)('%j against %j: %s', ([measured, demand, state]) => {
    expect(stateOf(budget([...measured], demand))).toBe(state);
  });

  test('that demands nothing has no state', () => {
    expect(stateOf(budget([1]))).toBe('');
  });

  test('is a row of one table, with its noise and the other side', () => {
    const row = { ...budget([2, 3, 1], { most: 2.5 }), digits: 1, unit: ' s', other: [50] };
    expect(budgetTable('budgets', [row], []).rows).toEqual([
      ['a thing', '≤ 2.50 s', '2.0 (1.0–3.0) s', '50.0 s', 'met by the median'],
    ]);
  });
});
