import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NameSpace } from '../../../queue/core/name-space.ts';
import { compareUtf8 } from '../../../queue/core/utf8-order.ts';

function taught(...names: string[]): NameSpace {
  const space = new NameSpace();
  for (const name of names) space.learn(name);
  return space;
}

describe('names as numbers', () => {
  test('a name between two others lies between them, whatever they are and whatever was learnt', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(text), text, text, (learnt, a, b) => {
        const [low, high] = compareUtf8(a, b) < 0 ? [a, b] : [b, a];
        const between = taught(...learnt).between(low, high);
        if (between === undefined) return;
        expect(compareUtf8(low, between)).toBeLessThan(0);
        expect(compareUtf8(between, high)).toBeLessThan(0);
      }),
    );
  });

  test('is about half-way, in what is known of how names go on', () => {
    const names = Array.from({ length: 8 }, (_, i) => `queued/team-${i % 3}/repository-000${i}`);
    const space = taught(...names);
    // After "queued/" come only teams, after "team-" only digits.
    expect(space.between('queued/team-0/repository-0000', 'queued0')).toMatch(/^queued\/team-[45]/);
    expect(space.between('queued/team-2/repository-0000', 'queued/team-2/repository-9')).toMatch(
      /^queued\/team-2\/repository-4/,
    );
  });

  test('there is none where no name was learnt that could lie between', () => {
    expect(taught('a').between('a', 'b')).toBeUndefined();
    expect(new NameSpace().between('a', 'b')).toBeUndefined();
  });

  test('the way that is left is told in ways that were gone', () => {
    const space = taught('k0000', 'k1000');
    expect(space.waysLeft('k0000', 'k1000', 'k5000')).toBeCloseTo(4, 0);
    expect(space.waysLeft('k0000', 'k8000', 'k9000')).toBeCloseTo(0.1, 1);
    expect(space.waysLeft('k4000', 'k4000', 'k5000')).toBe(Number.POSITIVE_INFINITY);
  });
});
