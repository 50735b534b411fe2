import { describe, expect, test } from 'vitest';
import {
  changedConditions,
  type Condition,
  conditionStatus,
  findCondition,
  withCondition,
} from '../../../resources/core/conditions.ts';

const [T1, T2] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
const ready: Condition = { type: 'Ready', status: 'True', reason: 'Up', message: 'is up', lastTransitionTime: T1 };

describe('a condition', () => {
  test('that is new is appended, with the time', () => {
    expect(withCondition(undefined, { type: 'Ready', status: 'False' }, T1)).toEqual([
      { type: 'Ready', status: 'False', lastTransitionTime: T1 },
    ]);
    expect(withCondition([ready], { type: 'Warm', status: 'Unknown' }, T2).map(({ type }) => type)).toEqual([
      'Ready',
      'Warm',
    ]);
  });

  test('that says nothing new leaves the very same array', () => {
    const conditions = [ready];
    expect(withCondition(conditions, { type: 'Ready', status: 'True', reason: 'Up', message: 'is up' }, T2)).toBe(
      conditions,
    );
  });

  test('changes its time with its status', () => {
    const [after] = withCondition([ready], { ...ready, status: 'False' }, T2);
    expect(after).toMatchObject({ status: 'False', lastTransitionTime: T2 });
  });

  // Trap 11.
  test.for([
    ['reason', 'Other'],
    ['message', 'other'],
    ['observedGeneration', 7],
  ])('keeps its time when only its %s changes', ([field, value]) => {
    const [after] = withCondition([ready], { ...ready, [field as string]: value }, T2);
    expect(after).toMatchObject({ [field as string]: value, lastTransitionTime: T1 });
  });

  test('that nobody spoke of is Unknown', () => {
    expect(conditionStatus(undefined, 'Ready')).toBe('Unknown');
    expect(conditionStatus([ready], 'Warm')).toBe('Unknown');
    expect(conditionStatus([ready], 'Ready')).toBe('True');
    expect(findCondition([ready], 'Ready')).toBe(ready);
  });
});

test('changes between conditions carry the status before, Unknown for new ones; a mere observation is none', () => {
  const warm: Condition = { type: 'Warm', status: 'True', lastTransitionTime: T1 };
  expect(changedConditions([ready], [{ ...ready, message: 'still up' }, warm])).toEqual([
    { condition: { ...ready, message: 'still up' }, previousStatus: 'True' },
    { condition: warm, previousStatus: 'Unknown' },
  ]);
  expect(changedConditions([ready], [{ ...ready, observedGeneration: 9 }])).toEqual([]);
});
