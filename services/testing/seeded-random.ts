import type { Random } from '../../queue/ports/random.ts';

/** Chance that repeats: mulberry32, a 32-bit generator that is good enough to vary a test. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let drawn = 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    unit,
    id: () => `${seed.toString(36)}-${(drawn++).toString(36)}-${Math.floor(unit() * 2 ** 32).toString(36)}`,
  };
}
