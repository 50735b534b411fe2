import type { Bench } from './bench.ts';
import { billed, hintDollars, type Location, PRICES, runDollars, storageDollars } from './prices.ts';
import { TimedReconciler } from './reconciler.ts';
import { type RequestCounts, since, total } from './requests.ts';
import { BatchAndWait } from './scheme-a.ts';
import { type Cell, spread } from './table.ts';
import { BenchWorld } from './world.ts';

const MINUTES_A_MONTH = 30 * 24 * 60;

/** Requests that arrived at the bucket, not those a client believes to have sent. */
export const cost: Bench = {
  summary:
    'requests per key by class, requests and dollars of an idle month, dollars per million keys; beside batch-and-wait',

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const { quick, runs } = options;
      const keys = quick ? 500 : 3_000;
      const perKey: Cell[][] = [];
      for (const [name, measure, count] of [
        ['ours, enqueued while warm', warmKeys, keys],
        ['ours, backlog of a sweep', backlog, keys],
        ['A, backlog', backlogOfA, Math.min(keys, 500)],
      ] as const) {
        const counts: RequestCounts[] = [];
        report.progress(name);
        for (let i = 0; i < runs; i++) counts.push(await measure(world, count));
        perKey.push([name, ...costCells(counts, count)]);
      }
      report.table({
        title: `cost per key: ${runs} runs each, C=100, runs of 20 ms`,
        columns: [
          { name: 'side' },
          { name: 'requests', digits: 3 },
          { name: 'class A', digits: 3 },
          { name: 'class B', digits: 3 },
          { name: 'of them lists', digits: 4 },
          { name: 'free', digits: 3 },
          { name: '$ per million, region', digits: 2 },
          { name: '$ multi-region', digits: 2 },
        ],
        rows: perKey,
        notes: [
          'The backlog rows leave the enqueue out: it is one class A request more. Free: deletes, and answers 4xx.',
          `Dollars are of Cloud Storage alone; a hint adds $${hintDollars(1e6).toFixed(2)} per million, and each vCPU-hour of a service $${runDollars(3600, 0).toFixed(3)}.`,
          `Prices: ${PRICES.source}, read ${PRICES.readOn}.`,
        ],
      });
      const idle: Cell[][] = [];
      report.progress('an idle queue');
      for (const [resident, delayed] of quick
        ? ([
            [0, 0],
            [0, 10_000],
          ] as const)
        : ([
            [0, 0],
            [0, 10_000],
            [0, 100_000],
          ] as const)) {
        idle.push(await idleRow(world, 'ours', resident + delayed), await idleRow(world, 'A', resident + delayed));
      }
      report.table({
        title: 'an idle month of one region: a tick a minute',
        columns: [
          { name: 'side' },
          { name: 'delayed keys resident' },
          { name: 'requests a tick', digits: 0 },
          { name: 'paid requests a month' },
          { name: '$ region', digits: 2 },
          { name: '$ multi-region', digits: 2 },
        ],
        rows: idle,
      });
      return true;
    }),
};

function costCells(counts: readonly RequestCounts[], keys: number): Cell[] {
  const per = (of: (counts: RequestCounts) => number) => spread(counts.map((each) => of(each) / keys));
  const dollars = (location: Location) => spread(counts.map((each) => (storageDollars(each, location) * 1e6) / keys));
  return [
    per(total),
    per((each) => billed(each).classA),
    per((each) => billed(each).classB),
    per((each) => each.list),
    per((each) => each.delete + each.refused),
    dollars('region'),
    dollars('multiRegion'),
  ];
}

/** Keys that are enqueued, hinted and run while the dispatcher is at work. */
export async function warmKeys(world: BenchWorld, keys: number): Promise<RequestCounts> {
  await world.reset();
  const reconciler = new TimedReconciler(20);
  const dispatcher = world.dispatcher(reconciler, { concurrency: 100 });
  const before = await inWaves(world, reconciler, 100, 0);
  const began = await world.counts();
  await inWaves(world, reconciler, keys, before);
  await pause(200);
  const counts = since(began, await world.counts());
  await world.retire(dispatcher);
  return counts;
}

/** Callers that come one after the other, fifty at once. Resolves to how many there have been. */
async function inWaves(world: BenchWorld, reconciler: TimedReconciler, keys: number, before: number): Promise<number> {
  let next = before;
  const caller = async () => {
    while (next < before + keys) await world.enqueue(`k${next++}`);
  };
  await Promise.all(Array.from({ length: 50 }, caller));
  await reconciler.until({ ended: before + keys });
  return before + keys;
}

async function backlog(world: BenchWorld, keys: number): Promise<RequestCounts> {
  await world.reset({ keys });
  const reconciler = new TimedReconciler(20);
  const dispatcher = world.dispatcher(reconciler, { concurrency: 100 });
  world.tick();
  await reconciler.until({ ended: keys });
  await world.retire(dispatcher);
  return world.counts();
}

async function backlogOfA(world: BenchWorld, keys: number): Promise<RequestCounts> {
  await world.reset({ keys });
  const batches = new BatchAndWait({
    store: world.originalStore,
    concurrency: 100,
    reconciler: new TimedReconciler(20),
    passes: 'on the second',
  });
  while ((await batches.pass()) > 0) continue;
  return world.counts();
}

async function idleRow(world: BenchWorld, side: 'ours' | 'A', delayed: number): Promise<Cell[]> {
  const counts = await idleTick(world, side, delayed);
  return [
    side,
    delayed,
    total(counts),
    paidAMonth(counts),
    storageDollars(counts, 'region') * MINUTES_A_MONTH,
    storageDollars(counts, 'multiRegion') * MINUTES_A_MONTH,
  ];
}

/** What a tick costs when nothing is to be done, once the process knows the queue: the second tick's requests. */
export async function idleTick(world: BenchWorld, side: 'ours' | 'A', delayed: number): Promise<RequestCounts> {
  await world.reset({ keys: delayed, delayed: true });
  const reconciler = new TimedReconciler(20);
  if (side === 'A') {
    const batches = { store: world.originalStore, concurrency: 100, reconciler, passes: 'on the second' } as const;
    await new BatchAndWait(batches).pass();
    return world.counts();
  }
  const dispatcher = world.dispatcher(reconciler, { concurrency: 100 });
  await world.trigger(dispatcher);
  const before = await world.counts();
  await world.trigger(dispatcher);
  const counts = since(before, await world.counts());
  await world.retire(dispatcher);
  return counts;
}

export function paidAMonth(tick: RequestCounts): number {
  const { classA, classB } = billed(tick);
  return (classA + classB) * MINUTES_A_MONTH;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
