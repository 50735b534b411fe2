import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { occurrences, ROOT } from './mutated-copy.ts';

describe('a mutant fits its source: `npm run test:mutants` demands that each is caught', () => {
  test.for(MUTANTS)('$name', ({ file, find, replace }) => {
    expect(occurrences(readFileSync(join(ROOT, file), 'utf8'), find)).toBe(1);
    expect(replace).not.toBe(find);
  });

  test('no two have the same name', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
