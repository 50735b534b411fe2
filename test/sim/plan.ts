import { type DispatcherSettings, DEFAULT_SETTINGS } from '../../services/dispatcher/settings.ts';
import { Dice } from './dice.ts';

const MINUTE_MS = 60_000;

/** What a seed stands for: the size of a world, how long it is stormy, and how much. */
export interface Plan {
  readonly seed: number;
  readonly settings: Omit<DispatcherSettings, 'region'>;
  readonly keys: number;
  /** Enqueues over the stormy time. */
  readonly enqueues: number;
  readonly stormMs: number;
  /** Mean time between two strikes: a kill, a deploy, an outage. */
  readonly strikeMs: number;
  /** Half of what a request to the bucket usually takes, in ms. */
  readonly latencyMs: number;
  /** Part of the requests that fail, are slow, or whose answer is lost. */
  readonly faults: number;
  /** Part of the runs that take long. */
  readonly slowRuns: number;
  /** Part of the hints that are lost; as many are doubled. */
  readonly lostHints: number;
  /** About one write a second to an object, as Cloud Storage allows. */
  readonly rateLimit: boolean;
}

/** Virtual time and load by kind of world: what a second of real time can bear. */
const SCALES = {
  burst: { least: 2, most: 5, enqueues: 500, strikes: 12 },
  busy: { least: 5, most: 20, enqueues: 600, strikes: 25 },
  hours: { least: 60, most: 240, enqueues: 300, strikes: 20 },
  days: { least: 1_440, most: 2_880, enqueues: 150, strikes: 20 },
} as const;

/** Draws the world of a seed. */
export function planOf(seed: number): Plan {
  const dice = new Dice(seed);
  const scale = SCALES[dice.weigh({ burst: 4, busy: 5, hours: 2, days: 1 })];
  const stormMs = dice.between(scale.least, scale.most) * MINUTE_MS;
  const regions = ['a', 'b', 'c'].slice(0, dice.between(1, 3));
  return {
    seed,
    settings: {
      ...DEFAULT_SETTINGS,
      queue: 'sim',
      regions,
      concurrency: dice.between(regions.length, dice.chance(0.4) ? 2 * regions.length : 20),
      retry: {
        maxAttempts: dice.pick([0, 2, 3, 5]),
        backoffMs: dice.spread(500, 20_000),
        backoffMaxMs: dice.between(20_000, 60_000),
      },
      deadlineMs: dice.spread(5_000, 300_000),
      heartbeatMs: dice.spread(20_000, DEFAULT_SETTINGS.heartbeatMs),
      handoverMs: dice.between(1_000, 30_000),
      billing: dice.pick(['request', 'instance']),
      candidates: dice.pick([4, 30, DEFAULT_SETTINGS.candidates]),
    },
    keys: dice.spread(3, 300),
    enqueues: dice.between(scale.enqueues / 3, scale.enqueues),
    stormMs,
    strikeMs: stormMs / dice.between(1, scale.strikes),
    latencyMs: dice.spread(1, 300),
    faults: dice.pick([0, 0.01, 0.05, 0.15]),
    slowRuns: dice.pick([0.02, 0.2, 0.7]),
    lostHints: dice.pick([0, 0.1, 1]),
    rateLimit: dice.chance(0.5),
  };
}
