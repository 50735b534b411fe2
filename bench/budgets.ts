import { bareRequests } from './bare.ts';
import type { Bench, Report } from './bench.ts';
import { type Budget, budgetTable, stateOf } from './budget.ts';
import { recover } from './coldstart.ts';
import { idleTick, paidAMonth, warmKeys } from './cost.ts';
import { slotsBusy } from './depth.ts';
import { deployedSweep } from './deployed-sweep.ts';
import { drainBatches, type Drained, drainDeployed, drainOurs, GRID, ratios, warmUp } from './drain.ts';
import { grpcReconciler } from './grpc-reconciler.ts';
import { arrivals, measureFloor, type Side, SIDES, warm } from './latency.ts';
import { longDrain } from './long-drain.ts';
import type { BenchOptions } from './options.ts';
import { billed } from './prices.ts';
import { TimedReconciler } from './reconciler.ts';
import { total } from './requests.ts';
import { quantile, spread } from './table.ts';
import { BenchWorld } from './world.ts';
import { REFERENCE_MICROS, yardstick } from './yardstick.ts';

const DEEP = 500_000;
/** Cold starts are timed at this latency: against it the CPU's part is small, and round trips can be counted. */
const COUNTING_LATENCY_MS = 300;
/** Demands on CPU: absolute, and in units of what a GET cost where they were made, so that they mean the same on a slower machine. */
const MOST_MICROS_A_KEY = 250;
const MOST_SECONDS_A_SWEEP = 1;
/** The 99th percentile from enqueue to start, in units of the floor; also of what bare requests take at the same arrivals. */
const MOST_OVER_FLOOR = 1.15;

interface Part {
  readonly world: BenchWorld;
  readonly options: BenchOptions;
  readonly report: Report;
}

/** The demands of the project on its speed, each measured as its bench does, in one table. */
export const budgets: Bench = {
  summary:
    'what is demanded of the product, each row measured and judged, in a quarter of an hour; exit code 3 if one is not met',
  onlyByName: true,

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const part = { world, options, report };
      const rows: Budget[] = [];
      // Arrivals first: a process that has drained half a million keys collects its garbage in pauses that are longer for good.
      for (const measure of [latencies, drained, costs, depths, hours, recoveries]) rows.push(...(await measure(part)));
      report.table(
        budgetTable(`budgets: latency ${options.latencyMs} ms, hint ${options.hintMs} ms`, rows, [
          'Median (least–most) of the runs. A: the batch-and-wait scheme with passes on the second, same client, same run. Met: by every run.',
          ...(options.quick ? ['Made with --quick: smaller than demanded, and not to be quoted.'] : []),
        ]),
      );
      return rows.every((row) => stateOf(row) !== 'NOT met');
    }),
};

async function drained({ world, options: { runs, quick }, report }: Part): Promise<Budget[]> {
  await warmUp(world);
  const cell = async (name: keyof typeof GRID, alsoA: boolean) => {
    const { concurrency, runMs, keys, keysA } = GRID[name];
    const ours: Drained[] = [];
    const theirs: Drained[] = [];
    const kinder: Drained[] = [];
    for (let i = 0; i < runs; i++) {
      report.progress(`a backlog drained, ${name}: ${i + 1} of ${runs}`);
      ours.push(await drainOurs(world, concurrency, runMs, quick ? keys / 5 : keys));
      if (!alsoA) continue;
      const batches = [world, concurrency, runMs, quick ? keysA / 5 : keysA] as const;
      theirs.push(await drainBatches(...batches, 'on the second'));
      // It hardly varies: once is enough.
      if (i === 0) kinder.push(await drainBatches(...batches, 'back to back'));
    }
    return { ours, theirs, kinder };
  };
  const small = await cell('C=10, 20 ms', false);
  const short = await cell('C=100, 20 ms', true);
  const bare: number[] = [];
  const gets: number[] = [];
  for (let i = 0; i < runs; i++) {
    report.progress(`the yardsticks of CPU, ${i + 1} of ${runs}`);
    bare.push(await bareRequests(world, quick ? 4_000 : 20_000, 20));
    gets.push(await yardstick());
  }
  const long = await cell('C=100, 1 s', true);
  report.progress('a backlog drained by the deployed process');
  const deployed = await drainDeployed(world, 100, 20, quick ? 2_000 : 20_000);
  const efficiency = (all: readonly Drained[]) => all.map((each) => each.efficiency);
  const cpuMicros = short.ours.map((each) => each.cpuMicros);
  const perKey = { digits: 0, unit: ' µs' };
  return [
    { what: 'drain efficiency, C=10, 20 ms', digits: 3, demand: { least: 0.9 }, measured: efficiency(small.ours) },
    {
      what: 'drain efficiency, C=100, 20 ms',
      digits: 3,
      demand: { least: 0.6 },
      measured: efficiency(short.ours),
      other: efficiency(short.theirs),
    },
    {
      what: 'drain efficiency, C=100, 1 s',
      digits: 3,
      demand: { least: 0.97 },
      measured: efficiency(long.ours),
      other: efficiency(long.theirs),
    },
    {
      what: 'times A, C=100, 20 ms',
      digits: 2,
      demand: { least: 25 },
      measured: ratios(short.ours, short.theirs),
    },
    { what: 'times A, C=100, 1 s', digits: 2, demand: { least: 1.85 }, measured: ratios(long.ours, long.theirs) },
    {
      what: 'for information: times A back to back, C=100, 20 ms',
      digits: 2,
      measured: ratios(short.ours.slice(0, 1), short.kinder),
    },
    {
      what: 'for information: times A back to back, C=100, 1 s',
      digits: 2,
      measured: ratios(long.ours.slice(0, 1), long.kinder),
    },
    {
      what: 'dispatcher CPU a key, C=100, 20 ms',
      ...perKey,
      demand: { most: MOST_MICROS_A_KEY },
      measured: cpuMicros,
      other: short.theirs.map(({ cpuMicros }) => cpuMicros),
    },
    {
      what: `for information: a GET by bare undici, ${REFERENCE_MICROS} µs where the budgets were set`,
      ...perKey,
      measured: gets,
    },
    {
      what: 'dispatcher CPU a key, C=100, 20 ms, in such GETs',
      digits: 1,
      demand: { most: MOST_MICROS_A_KEY / REFERENCE_MICROS },
      measured: inUnitsOf(gets, cpuMicros),
    },
    {
      what: 'for information: its floor, the same requests by a loop that does nothing else',
      ...perKey,
      measured: bare,
    },
    {
      what: 'for information: the same by the deployed process, log and gRPC included',
      ...perKey,
      measured: deployed.cpuMicros === undefined ? [] : [deployed.cpuMicros],
    },
  ];
}

async function latencies({ world, options: { runs, quick, hintMs }, report }: Part): Promise<Budget[]> {
  const seconds = quick ? 3 : 15;
  await warm(world);
  const floorMs = await measureFloor(world, hintMs, quick ? 5 : 20);
  const rows: Budget[] = [];
  for (const perSecond of [50, 200]) {
    const p99 = async (side: Side) => {
      report.progress(`enqueue to start, Poisson ${perSecond}/s, ${side.name}`);
      return quantile(await arrivals(world, side, { concurrency: 100, perSecond }, seconds), 0.99) / floorMs;
    };
    const measured: number[] = [];
    const bare: number[] = [];
    for (let i = 0; i < runs; i++) {
      measured.push(await p99(SIDES.ours));
      bare.push(await p99(SIDES.bare));
    }
    const times = { digits: 2, unit: '×' };
    rows.push(
      {
        what: `enqueue to start, p99 over the floor (${floorMs.toFixed(0)} ms here), Poisson ${perSecond}/s`,
        ...times,
        demand: { most: MOST_OVER_FLOOR },
        measured,
        other: [await p99(SIDES.A)],
      },
      { what: 'for information: its floor, the same requests when nothing is decided', ...times, measured: bare },
      {
        what: `enqueue to start, p99 over that of the bare requests, Poisson ${perSecond}/s`,
        ...times,
        demand: { most: MOST_OVER_FLOOR },
        measured: inUnitsOf(bare, measured),
      },
    );
  }
  return rows;
}

async function costs({ world, options: { runs, quick }, report }: Part): Promise<Budget[]> {
  const keys = quick ? 500 : 3_000;
  report.progress('requests of warm keys, and of an idle queue');
  const warmed = [];
  for (let i = 0; i < runs; i++) warmed.push(await warmKeys(world, keys));
  const idle = async (side: 'ours' | 'A', delayed: number) => [paidAMonth(await idleTick(world, side, delayed))];
  return [
    {
      what: 'requests a key, warm, listing included',
      digits: 3,
      demand: { most: 4.05 },
      measured: warmed.map((counts) => total(counts) / keys),
    },
    {
      what: 'of them paid',
      digits: 3,
      demand: { most: 2.01 },
      measured: warmed.map((counts) => (billed(counts).classA + billed(counts).classB) / keys),
    },
    {
      what: 'paid requests of an idle month and region, queue empty',
      demand: { most: 100_000 },
      measured: await idle('ours', 0),
      other: await idle('A', 0),
    },
    {
      what: 'the same with 10,000 delayed keys resident',
      demand: { most: 100_000 },
      measured: await idle('ours', 10_000),
      other: await idle('A', 10_000),
    },
  ];
}

async function depths({ world, options: { runs, quick, latencyMs }, report }: Part): Promise<Budget[]> {
  const keys = quick ? 20_000 : DEEP;
  const times = Math.min(runs, 2);
  const name = keys.toLocaleString('en-US');
  const roundTrips: number[] = [];
  const firstMs: number[] = [];
  const sweeps = [];
  const gets: number[] = [];
  for (let i = 0; i < times; i++) {
    report.progress(`${name} keys: cold start, ${i + 1} of ${times}`);
    await world.latency(COUNTING_LATENCY_MS);
    roundTrips.push(Math.floor((await coldStart(world, keys)) / COUNTING_LATENCY_MS));
    await world.latency(latencyMs);
    firstMs.push(await coldStart(world, keys));
    report.progress(`${name} keys: sweep by the deployed process, ${i + 1} of ${times}`);
    sweeps.push(await deployedSweep(world, keys));
    gets.push(await yardstick());
  }
  const cpuSeconds = sweeps.flatMap((sweep) => sweep.cpuSeconds ?? []);
  return [
    {
      what: `round trips to the first start, cold, ${name} keys (counted at ${COUNTING_LATENCY_MS} ms)`,
      demand: { most: 5 },
      measured: roundTrips,
    },
    { what: `for information: the same in time, at ${latencyMs} ms`, unit: ' ms', measured: firstMs },
    {
      what: `full sweep of ${name} keys by the deployed process: time`,
      digits: 2,
      unit: ' s',
      demand: { most: 3 },
      measured: sweeps.map(({ seconds }) => seconds),
    },
    {
      what: 'its CPU',
      digits: 2,
      unit: ' s',
      demand: { most: MOST_SECONDS_A_SWEEP },
      measured: cpuSeconds,
    },
    {
      what: 'its CPU, in GETs by bare undici',
      demand: { most: Math.round((MOST_SECONDS_A_SWEEP * 1e6) / REFERENCE_MICROS) },
      measured: inUnitsOf(
        gets,
        cpuSeconds.map((seconds) => seconds * 1e6),
      ),
    },
    {
      what: 'peak memory of the process',
      unit: ' MB',
      demand: { most: 200 },
      measured: sweeps.flatMap(({ peakMb }) => peakMb ?? []),
    },
  ];
}

async function hours({ world, options: { quick, latencyMs }, report }: Part): Promise<Budget[]> {
  const keys = quick ? 20_000 : 300_000;
  const name = keys.toLocaleString('en-US');
  const seconds = quick ? 5 : 30;
  report.progress(`${name} keys of 5 s: ${seconds} s of them in real time`);
  const window = await slotsBusy(world, keys, seconds);
  const long = await longDrain({ keys, runMs: 5_000, concurrency: 100, latencyMs }, (text) => report.progress(text));
  const what = `slots busy, ${name} keys of 5 s, C=100`;
  return [
    { what: `${what}: ${seconds} s in real time`, digits: 4, demand: { least: 0.99 }, measured: [window.busy] },
    {
      what: `${what}: all ${long.hours.toFixed(1)} h in virtual time, worst minute`,
      digits: 4,
      demand: { least: 0.99 },
      measured: [long.worstMinute],
    },
  ];
}

async function recoveries({ world, options: { runs, quick }, report }: Part): Promise<Budget[]> {
  const calls = await grpcReconciler();
  const to = { storage: world.origin, reconcilerPort: calls.port, concurrency: 100 };
  const rows: Budget[] = [];
  for (const keys of quick ? [10] : [10, 100]) {
    const all = [];
    for (let i = 0; i < Math.min(runs, keys === 10 ? 1 : 2); i++) {
      report.progress(`recovery after kill -9, ${keys} keys running`);
      all.push(await recover(world, calls, to, keys));
    }
    rows.push(
      {
        what: `recovery after kill -9, ${keys} keys running`,
        digits: 1,
        unit: ' s',
        demand: { most: 60 },
        measured: all.map(({ seconds }) => seconds),
      },
      {
        what: 'for information: its requests a key',
        digits: 1,
        measured: all.map(({ requests }) => requests / keys),
      },
    );
  }
  await calls.close();
  return rows;
}

/** Figures in units of the median of a yardstick that was measured in the same run. */
function inUnitsOf(yardstick: readonly number[], figures: readonly number[]): number[] {
  const { median } = spread(yardstick);
  return figures.map((each) => each / median);
}

/** From the tick of a dispatcher that knows nothing to its first start, in ms. */
async function coldStart(world: BenchWorld, keys: number): Promise<number> {
  await world.reset({ keys });
  const reconciler = new TimedReconciler(60_000);
  const dispatcher = world.dispatcher(reconciler, { concurrency: 100 });
  const beganMs = performance.now();
  world.tick();
  await reconciler.until({ started: 1 });
  await world.retire(dispatcher);
  return (reconciler.starts[0]?.atMs ?? Number.NaN) - beganMs;
}
