import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineKind, kindSet } from '../../../resources/core/kind.ts';
import { check } from '../../../resources/core/problems.ts';
import { Box, Item } from '../support/kinds.ts';

const spec = z.object({});

describe('a kind', () => {
  test.for([
    ['Rack', 'racks'],
    ['Chassis', 'chassis'],
    ['RackTemplate', 'racktemplates'],
    ['BMC', 'bmcs'],
  ])('%s has its collection at /%s', ([kind, plural]) => {
    expect(defineKind({ kind: kind as string, prefix: 'x', spec }).plural).toBe(plural);
  });

  test.for([
    [{ kind: 'rack', prefix: 'rack' }, /a kind is a capital/],
    [{ kind: 'Resync', prefix: 'rack' }, /not Resync/],
    [{ kind: 'Rack', prefix: 'Rack' }, /prefix/],
    [{ kind: 'Rack', prefix: 'ra-ck' }, /prefix/],
    [{ kind: 'Rack', prefix: 'rack', plural: 'health' }, /plural/],
    [{ kind: 'Rack', prefix: 'rack', plural: 'a/b' }, /plural/],
  ] as const)('%j is refused', ([names, problem]) => {
    expect(() => defineKind({ ...names, spec })).toThrow(problem);
  });

  test('may not have a name in its spec, which is that of the resource', () => {
    expect(() => defineKind({ kind: 'A', prefix: 'a', spec: z.object({ name: z.string() }) })).toThrow(
      /fields.*"name"/,
    );
  });

  test('two in a set may share nothing', () => {
    expect(() => kindSet([Box, Box])).toThrow(/share a name: "Box"/);
    expect(() => kindSet([Box, defineKind({ kind: 'Other', prefix: 'box', spec })])).toThrow(/share a prefix: "box"/);
    expect(() => kindSet([Item, defineKind({ kind: 'Other', prefix: 'o', plural: 'items', spec })])).toThrow(
      /share a plural/,
    );
  });
});

describe('the problems of a spec are all told, each with its field', () => {
  test.for<[unknown, string[]]>([
    [{}, ['size is required']],
    [{ size: 0 }, ['size must be at least 1']],
    [{ size: 43, mode: 'both' }, ['size must be at most 42', 'mode must be one of: shared dedicated']],
    [{ size: 1.5 }, ['size must be a whole number']],
    [{ size: 'one' }, ['size must be a number']],
    [{ size: 1, inner: {} }, ['inner.color is required']],
    [{ size: 1, inner: { color: '' } }, ['inner.color is required']],
    [{ size: 1, inner: { color: 'red', x: 1 }, y: 2 }, ['inner.x is not a field', 'y is not a field']],
    [null, ['value must be an object']],
  ])('%j', ([value, problems]) => {
    expect(check(Box.specSchema, value)).toEqual({ ok: false, problems });
  });
});
