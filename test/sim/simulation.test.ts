import { describe, expect, test } from 'vitest';
import { simulate } from './simulation.ts';

/** Worlds of all kinds. `npm run test:sim -- --seeds 2000` runs as many as there is time for. */
const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);

describe('whole systems in bad weather keep the promises at every step', () => {
  test.for(SEEDS)('seed %i', async (seed) => {
    const { runs } = await simulate(seed);
    expect(runs).toBeGreaterThan(0);
  });

  test('a seed replays exactly', async () => {
    const [first, second] = [await simulate(3), await simulate(3)];
    expect(second).toEqual(first);
    expect((await simulate(4)).hash).not.toBe(first.hash);
  });
});
