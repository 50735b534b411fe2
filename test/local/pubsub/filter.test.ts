import { describe, expect, test } from 'vitest';
import { parseFilter } from '../../../local/pubsub/filter.ts';

function matches(text: string, attributes: Record<string, string>): boolean {
  const filter = parseFilter(text);
  if (!filter.ok) throw new Error(filter.problem);
  return filter.value(attributes);
}

function problemOf(text: string): string {
  const filter = parseFilter(text);
  return filter.ok ? 'accepted' : filter.problem;
}

describe('a filter', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['', {}, true],
    ['   ', { a: '1' }, true],
    ['attributes:a', { a: '' }, true],
    ['attributes:a', { b: '1' }, false],
    ['attributes:toString', {}, false],
    ['attributes : a', { a: '1' }, true],
    ['attributes:"a b"', { 'a b': '1' }, true],
    ['attributes.a = "x"', { a: 'x' }, true],
    ['attributes.a="x"', { a: 'x' }, true],
    ['attributes.a = "x"', { a: 'X' }, false],
    ['attributes.a = "x"', { a: 'xy' }, false],
    ['attributes.a = ""', {}, false],
    ['attributes.ce-type = "x"', { 'ce-type': 'x' }, true],
    ['attributes.a_1 = "x"', { a_1: 'x' }, true],
    ['attributes."a.b" = "x"', { 'a.b': 'x' }, true],
    ['attributes.a != "x"', { a: 'y' }, true],
    ['attributes.a != "x"', { a: 'x' }, false],
    ['attributes.a != "x"', {}, true],
    ['attributes.NOT = "x"', { NOT: 'x' }, true],
    ['hasPrefix(attributes.a, "x")', { a: 'xyz' }, true],
    ['hasPrefix(attributes.a,"x")', { a: 'yxz' }, false],
    ['hasPrefix(attributes.a, "x")', {}, false],
    ['hasPrefix(attributes."a b", "")', { 'a b': 'anything' }, true],
    ['NOT attributes:a', { b: '1' }, true],
    ['NOT NOT attributes:a', { a: '1' }, true],
    ['NOT hasPrefix(attributes.a, "x")', { a: 'x' }, false],
    ['attributes:a AND attributes:b AND attributes:c', { a: '1', b: '1', c: '1' }, true],
    ['attributes:a AND attributes:b AND attributes:c', { a: '1', b: '1' }, false],
    ['attributes:a OR attributes:b OR attributes:c', { c: '1' }, true],
    ['attributes:a OR attributes:b', {}, false],
    ['NOT attributes:a AND attributes:b', { b: '1' }, true],
    ['NOT attributes:a AND attributes:b', {}, false],
    ['NOT (attributes:a OR attributes:b)', { b: '1' }, false],
    ['attributes:a AND (attributes:b OR attributes:c)', { a: '1', c: '1' }, true],
    ['(attributes:a AND attributes:b) OR attributes:c', { c: '1' }, true],
    ['((attributes:a))', { a: '1' }, true],
    [String.raw`attributes.a = "\x41\u0042\103\"\\\n"`, { a: 'ABC"\\\n' }, true],
  ])('%s of %j is %s', (text, attributes, expected) => {
    expect(matches(text, attributes)).toBe(expected);
  });

  test.each([
    'attributes:a AND attributes:b OR attributes:c',
    'attributes:a OR attributes:b AND attributes:c',
    'attributes:a attributes:b',
    'attributes:a AND',
    'attributes:a OR OR attributes:b',
    'AND attributes:a',
    'NOT',
    '()',
    '(attributes:a',
    'attributes:a)',
    'attributes',
    'attributes.a',
    'attributes.a = x',
    'attributes.a = 5',
    "attributes.a = 'x'",
    'attributes.a < "x"',
    'attributes.a.b = "x"',
    'attributes.a:"x"',
    'attributes.é = "x"',
    'attributes.a = "x',
    String.raw`attributes.a = "\q"`,
    'data = "x"',
    'not attributes:a',
    'attributes:a and attributes:b',
    'hasprefix(attributes.a, "x")',
    'hasPrefix(attributes:a, "x")',
    'hasPrefix(attributes.a)',
    'hasPrefix(attributes.a, x)',
    '"attributes":a',
    '"NOT" attributes:a',
  ])('%s is refused', (text) => {
    expect(problemOf(text)).toMatch(/^filter is invalid/);
  });

  test('is at most 256 bytes long', () => {
    const ofBytes = (bytes: number) => `attributes.a = "${'x'.repeat(bytes - 17)}"`;
    expect(problemOf(ofBytes(256))).toBe('accepted');
    expect(problemOf(ofBytes(257))).toMatch(/longer than 256 bytes/);
    expect(problemOf(`attributes.a = "${'é'.repeat(119)}"`)).toBe('accepted');
    expect(problemOf(`attributes.a = "${'é'.repeat(120)}"`)).toMatch(/longer than 256 bytes/);
  });

  test('a mix of AND and OR is told to use parentheses', () => {
    expect(problemOf('attributes:a AND attributes:b OR attributes:c')).toContain('parentheses');
  });
});
