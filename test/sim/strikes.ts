import { PAUSE_OBJECT } from '../../queue/core/layout.ts';
import type { SimReconciler } from './reconciler.ts';
import type { Region } from './region.ts';
import { MOST_SKEW_MS } from './sim-clock.ts';
import type { Topic } from './topic.ts';
import type { Traffic } from './traffic.ts';
import type { World } from './world.ts';

interface Parts {
  readonly world: World;
  readonly regions: readonly Region[];
  readonly topic: Topic;
  readonly reconciler: SimReconciler;
  readonly traffic: Traffic;
}

/** How often each is struck, against the others. */
const WEIGHTS = {
  kill: 4,
  suspend: 5,
  deploy: 4,
  'scale out': 2,
  terminate: 1,
  'cut off': 4,
  'kill a receiver': 1,
  'bucket down': 2,
  'topic down': 1,
  'reconciler down': 2,
  'clock step': 2,
  redrive: 4,
  pause: 1,
} as const;

/** Bad luck, deploys and operators: strikes at random while the storm lasts. */
export function strikeWhile(parts: Parts, stormy: () => boolean): void {
  const { world } = parts;
  const waitMs = world.plan.strikeMs * 2 * world.dice.random.unit();
  world.clock.after(waitMs, () => {
    if (!stormy()) return;
    strike(parts);
    strikeWhile(parts, stormy);
  });
}

function strike({ world, regions, topic, reconciler, traffic }: Parts): void {
  const { dice, clock, bucket } = world;
  const region = dice.pick(regions);
  const { instances } = region;
  const victim = instances.length > 0 ? dice.pick(instances) : undefined;
  /** Shorter and longer than a lock lives. */
  const lastsMs = dice.spread(1_000, 300_000);
  const kind = dice.weigh(WEIGHTS);
  world.trace.note('', kind, region.name, `${lastsMs} ms`);
  switch (kind) {
    case 'kill':
      return victim?.kill();
    case 'suspend':
      return victim?.suspend(lastsMs);
    case 'terminate':
      return victim?.terminate();
    case 'deploy':
      return region.deploy();
    case 'scale out':
      return region.scaleOut();
    case 'cut off':
      if (!victim) return;
      victim.machine.cut = true;
      clock.after(lastsMs, () => (victim.machine.cut = false));
      return;
    case 'clock step':
      if (victim) victim.machine.skewMs = dice.between(-MOST_SKEW_MS, MOST_SKEW_MS);
      return;
    case 'kill a receiver':
      return traffic.kill();
    case 'bucket down':
      return endure(world, world.weather, lastsMs);
    case 'topic down':
      return endure(world, topic, 5 * lastsMs);
    case 'reconciler down':
      return endure(world, reconciler, lastsMs);
    case 'redrive':
      return traffic.redrive();
    case 'pause':
      bucket.insert(PAUSE_OBJECT, {});
      clock.after(lastsMs, () => bucket.delete(PAUSE_OBJECT));
      return;
    default:
      kind satisfies never;
  }
}

function endure(world: World, what: { down: boolean }, ms: number): void {
  what.down = true;
  world.clock.after(ms, () => (what.down = false));
}
