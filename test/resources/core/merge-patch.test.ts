import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergePatch, mergePatchBetween } from '../../../resources/core/merge-patch.ts';

// The examples of RFC 7396, appendix A.
test.for<[unknown, unknown, unknown]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j patched with %j is %j', ([target, patch, result]) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

test('a patch named __proto__ reaches nobody else', () => {
  const patched = mergePatch({}, JSON.parse('{"__proto__":{"bad":true}}'));
  expect(Object.keys(patched as object)).toEqual(['__proto__']);
  expect(({} as { bad?: boolean }).bad).toBeUndefined();
});

const withoutNull = fc.dictionary(
  fc.string(),
  fc.jsonValue().filter((value) => !JSON.stringify(value).includes('null')),
);

test('the patch between two values makes the one of the other', () => {
  fc.assert(
    fc.property(withoutNull, withoutNull, (before, after) => {
      const patch = mergePatchBetween(before, after);
      // -0 is 0 in JSON.
      expect(JSON.stringify(sorted(mergePatch(before, patch ?? {})))).toBe(JSON.stringify(sorted(after)));
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
