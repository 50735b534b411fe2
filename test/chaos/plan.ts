import { Dice } from '../sim/dice.ts';

/** What happens to a process: it is killed, or stopped for a while and then goes on. */
export interface Strike {
  /** From the beginning of the storm. */
  readonly atMs: number;
  readonly victim: string;
  /** Absent: kill -9. */
  readonly stopMs?: number;
}

/** One round: what a seed stands for. The moments are exact only in the plan; what the machine makes of them differs each time. */
export interface Plan {
  readonly seed: number;
  readonly regions: readonly string[];
  readonly concurrency: number;
  readonly keys: number;
  /** Who enqueue, each one call at a time. */
  readonly writers: number;
  readonly stormMs: number;
  readonly strikes: readonly Strike[];
}

/** The shortest that the dispatcher's configuration allows, so that a lock lapses within a round. */
export const LOCK_SECONDS = 6;
/** What others wait beyond the end of a lock. */
export const LOCK_MARGIN_MS = 2_000;

const STRIKES = { least: 8, most: 14 } as const;

/** How often each process is struck, and how often it is then stopped instead of killed. */
const VICTIMS = { 'dispatcher-north': 5, 'dispatcher-south': 5, receiver: 3, reconciler: 3, pubsub: 3, bucket: 2 };

export function planOf(seed: number, stormMs: number): Plan {
  const dice = new Dice(seed);
  const lapsedMs = LOCK_SECONDS * 1000 + LOCK_MARGIN_MS;
  const count = Math.ceil((dice.between(STRIKES.least, STRIKES.most) * stormMs) / 20_000);
  const strikes = Array.from({ length: count }, (): Strike => {
    const victim = dice.weigh(VICTIMS);
    const atMs = dice.between(0, stormMs);
    if (dice.chance(victim === 'bucket' ? 0.75 : 0.5)) return { atMs, victim };
    // Most stops outlive the lock; the others are what a busy machine does.
    const stopMs = dice.chance(0.7) ? dice.between(lapsedMs, lapsedMs + 4_000) : dice.between(200, 4_000);
    return { atMs, victim, stopMs };
  });
  return {
    seed,
    regions: ['north', 'south'],
    concurrency: dice.between(2, 9),
    keys: dice.spread(5, 80),
    writers: dice.between(4, 24),
    stormMs,
    strikes: strikes.toSorted((a, b) => a.atMs - b.atMs),
  };
}
