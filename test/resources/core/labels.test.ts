import { expect, test } from 'vitest';
import { matchesLabels, parseLabelSelector, problemsOfLabels } from '../../../resources/core/labels.ts';

const labels = { rack: 'rack-1', tier: 'hot' };

test.for([
  ['rack=rack-1', true],
  ['rack==rack-1', true],
  ['rack=rack-2', false],
  ['rack=rack-1,tier=hot', true],
  ['rack=rack-1,tier=cold', false],
  ['tier!=cold', true],
  ['tier!=hot', false],
  ['absent!=x', true],
  ['tier', true],
  ['absent', false],
  ['!absent', true],
  ['!tier', false],
  ['toString', false],
  ['tier!=cold,tier!=hot', false],
] as const)('%s selects: %s', ([text, selected]) => {
  const selector = parseLabelSelector(text);
  expect(selector.ok && matchesLabels(selector.value, labels)).toBe(selected);
});

test.for(['', 'a=b,', '=b', 'a in (b)', '!a=b', 'a=b c'])('%j is no selector', (text) => {
  expect(parseLabelSelector(text)).toMatchObject({ ok: false, problem: expect.stringContaining('term=') });
});

test('labels are short words, and not too many', () => {
  expect(problemsOfLabels(labels)).toEqual([]);
  expect(problemsOfLabels({ 'a b': 'x', c: 'd e' })).toHaveLength(2);
  expect(problemsOfLabels({ a: 'x'.repeat(64) })).toHaveLength(1);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key-${i}`, 'x'.repeat(40)]));
  expect(problemsOfLabels(many)).toEqual([expect.stringContaining('4096')]);
});
