import { BareConsumer, bareRun } from './bare.ts';
import type { Bench } from './bench.ts';
import { TimedReconciler } from './reconciler.ts';
import { BatchAndWait } from './scheme-a.ts';
import { quantile, spread } from './table.ts';
import { BenchWorld } from './world.ts';
import { queuedName } from '../queue/core/layout.ts';
import type { Key } from '../queue/core/key.ts';

const RUN_MS = 20;

export interface Side {
  readonly name: string;
  /** Opens a consumer that calls `reconciler`; resolves to what ends it. */
  open(world: BenchWorld, concurrency: number, reconciler: TimedReconciler): { close(): Promise<void> };
}

export const SIDES = {
  ours: {
    name: 'ours',
    open(world, concurrency, reconciler) {
      const dispatcher = world.dispatcher(reconciler, { concurrency });
      return { close: () => world.retire(dispatcher) };
    },
  },
  A: {
    name: 'A',
    open(world, concurrency, reconciler) {
      const batches = new BatchAndWait({
        store: world.originalStore,
        concurrency,
        reconciler,
        passes: 'on the second',
      });
      const leave = world.onTrigger(() => batches.trigger());
      return {
        close: async () => {
          leave();
          await batches.stop();
        },
      };
    },
  },
  bare: {
    name: 'the bare requests',
    open(world, _concurrency, reconciler) {
      const consumer = new BareConsumer(world.store, reconciler);
      const leave = world.onTrigger((trigger) => consumer.trigger(trigger));
      return {
        close: () => {
          leave();
          return consumer.stop();
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, Side>>;

/** Enqueue to start: from before the receiver's write to the beginning of the run. */
export const latency: Bench = {
  summary: 'enqueue to start: idle and Poisson arrivals; p50, p99, max over the floor; beside batch-and-wait',

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const { quick, runs, latencyMs, hintMs } = options;
      const seconds = quick ? 3 : 15;
      const loads = [
        { name: 'idle', concurrency: 10, perSecond: 0 },
        { name: 'Poisson 5/s', concurrency: 10, perSecond: 5 },
        { name: 'Poisson 50/s', concurrency: 100, perSecond: 50 },
        { name: 'Poisson 200/s', concurrency: 100, perSecond: 200 },
      ];
      await warm(world);
      const floorMs = await measureFloor(world, hintMs, quick ? 5 : 20);
      const rows = [];
      for (const load of loads) {
        // With nothing else going on, bare requests are the floor.
        for (const side of load.perSecond === 0 ? [SIDES.ours, SIDES.A] : Object.values(SIDES)) {
          const waits: number[][] = [];
          report.progress(`${load.name}, ${side.name}`);
          for (let i = 0; i < runs; i++) waits.push(await arrivals(world, side, load, seconds));
          const at = (part: number) => spread(waits.map((each) => quantile(each, part)));
          rows.push([
            load.name,
            side.name,
            at(0.5),
            at(0.99),
            at(1),
            spread(waits.map((each) => quantile(each, 0.5) / floorMs)),
            spread(waits.map((each) => quantile(each, 0.99) / floorMs)),
          ]);
        }
      }
      report.table({
        title: `enqueue to start: latency ${latencyMs} ms, hint ${hintMs} ms, runs of ${RUN_MS} ms, ${runs} runs of ${seconds} s each`,
        columns: [
          { name: 'arrivals' },
          { name: 'side' },
          { name: 'p50 ms' },
          { name: 'p99 ms' },
          { name: 'max ms' },
          { name: 'p50 / floor', digits: 2 },
          { name: 'p99 / floor', digits: 2 },
        ],
        rows,
        notes: [
          `The floor, measured in this run with nothing else going on: insert, hint, copy, delete one after the other: ${floorMs.toFixed(0)} ms.`,
          'Idle: each key comes when the queue is at rest, so its start includes taking the region lock and looking at the pause. Poisson: the dispatcher is at work when they begin.',
          'The bare requests: each hint leads to copy, delete, run, delete, and nothing is decided. What is late there is late by client, bucket or machine.',
        ],
      });
      return true;
    }),
};

/** Once through what is measured, so that it is compiled. */
export async function warm(world: BenchWorld): Promise<void> {
  for (const side of [SIDES.ours, SIDES.bare]) await arrivals(world, side, { concurrency: 100, perSecond: 200 }, 3);
}

/** What no dispatcher can beat with this layout: the median of the four steps in a row. */
export async function measureFloor(world: BenchWorld, hintMs: number, times: number): Promise<number> {
  const took: number[] = [];
  const { store } = world;
  for (let i = 0; i < times; i++) {
    const key = `floor ${i}` as Key;
    const beganMs = performance.now();
    const put = await store.put(queuedName(key), {}, 'absent');
    await pause(hintMs);
    if (put.kind !== 'ok') throw new Error(`the bucket refused a key: ${put.kind}`);
    const { generation, metageneration, metadata } = put.object;
    await bareRun(store, { key, generation, metageneration, metadata }, async () => {
      took.push(performance.now() - beganMs);
    });
  }
  await world.reset();
  return spread(took).median;
}

export async function arrivals(
  world: BenchWorld,
  side: Side,
  load: { readonly concurrency: number; readonly perSecond: number },
  seconds: number,
): Promise<number[]> {
  await world.reset();
  const reconciler = new TimedReconciler(RUN_MS);
  const consumer = side.open(world, load.concurrency, reconciler);
  const calledMs = new Map<string, number>();
  const call = async (key: string) => {
    calledMs.set(key, performance.now());
    await world.enqueue(key);
  };
  if (load.perSecond === 0) {
    for (let i = 0; i < seconds * 2; i++) {
      await call(`k${i}`);
      await reconciler.until({ ended: i + 1 });
      await pause(1_200);
    }
  } else {
    // At work: what a dispatcher at rest does first is the idle row's.
    await world.enqueue('first');
    await reconciler.until({ ended: 1 });
    await poisson(load.perSecond, seconds, (i) => void call(`k${i}`));
    await Promise.race([reconciler.until({ ended: 1 + calledMs.size }), pause(30_000)]);
  }
  await consumer.close();
  const started = new Map(reconciler.starts.map(({ key, atMs }) => [key, atMs]));
  // One that has not started after all that time counts as having waited until now.
  return [...calledMs].map(([key, atMs]) => (started.get(key) ?? performance.now()) - atMs).sort((a, b) => a - b);
}

/** Calls `arrive` at the times of a Poisson process, the same ones in each run. */
async function poisson(perSecond: number, seconds: number, arrive: (index: number) => void): Promise<void> {
  const beganMs = performance.now();
  let state = 42;
  const unit = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  let dueMs = 0;
  for (let i = 0; ; i++) {
    dueMs += (-Math.log(unit()) * 1000) / perSecond;
    if (dueMs > seconds * 1000) return;
    const waitMs = beganMs + dueMs - performance.now();
    if (waitMs > 0) await pause(waitMs);
    arrive(i);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
