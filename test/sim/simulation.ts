import { PREFIX } from '../../queue/core/layout.ts';
import { demandRest, isLocked } from './laws-of-runs.ts';
import { planOf, type Plan } from './plan.ts';
import { SimReconciler } from './reconciler.ts';
import { Region } from './region.ts';
import { strikeWhile } from './strikes.ts';
import { Topic } from './topic.ts';
import { Traffic } from './traffic.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
/** After the storm: what was struck last has an end, late requests are carried out, delays and waits run out. */
const MOST_CALM_MS = 150 * MINUTE_MS;
/** Once the bucket is empty: locks of the dead lapse. */
const REST_MS = 2 * MINUTE_MS;

export interface Report {
  readonly plan: Plan;
  /** Of everything that happened: the same for the same seed. */
  readonly hash: string;
  readonly events: number;
  readonly runs: number;
  readonly acknowledged: number;
  readonly deadLetters: number;
  /** Virtual time. */
  readonly minutes: number;
}

/** Runs the world of a seed: a storm, then calm until it is at rest. Throws `Violation` as soon as a law is broken. */
export async function simulate(seed: number): Promise<Report> {
  const plan = planOf(seed);
  const world = new World(plan);
  const { clock, trace, ledger } = world;
  const step = () => trace.check();
  const beganMs = clock.now();

  const reconciler = new SimReconciler(world);
  const regions: Region[] = [];
  const topic = new Topic(world, regions);
  for (const name of plan.settings.regions) {
    const publish = (message: Parameters<Topic['publish']>[0]) => topic.publish(message).catch(() => {});
    regions.push(new Region(world, name, { publish, reconciler: (instance) => reconciler.callerFor(instance) }));
  }
  const traffic = new Traffic(world, topic);
  let stormy = true;
  strikeWhile({ world, regions, topic, reconciler, traffic }, () => stormy);
  await clock.advance(plan.stormMs, step);

  stormy = false;
  trace.note('', 'calm', '');
  world.weather.calm();
  topic.calm();
  reconciler.calm();
  traffic.calm();
  const busy = () => world.count(PREFIX.queued, PREFIX.inProgress) > 0;
  for (let calmMs = 0; calmMs < MOST_CALM_MS && (busy() || calmMs < 15 * MINUTE_MS); calmMs += MINUTE_MS) {
    await clock.advance(MINUTE_MS, step);
  }
  await clock.advance(REST_MS, step);
  // A dispatcher may just look for what it remembers, and release its lock again when it has found nothing.
  for (let looks = 0; looks < 3 && isLocked(ledger); looks++) await clock.advance(10_000, step);
  demandRest(ledger);
  step();
  return {
    plan,
    hash: trace.hash,
    events: trace.sequence,
    runs: ledger.runs,
    acknowledged: ledger.acknowledged,
    deadLetters: world.count(PREFIX.deadLetter),
    minutes: Math.round((clock.now() - beganMs) / MINUTE_MS),
  };
}
