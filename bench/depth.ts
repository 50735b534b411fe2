import { silentJournal } from '../catalogue/events.ts';
import type { Bench } from './bench.ts';
import { TimedReconciler } from './reconciler.ts';
import { BatchAndWait } from './scheme-a.ts';
import { type Cell, spread } from './table.ts';
import { BenchWorld } from './world.ts';

interface Deep {
  /** Cold: from the tick of a dispatcher that knows nothing; `undefined` when there is nothing to start. */
  readonly firstStartMs: number | undefined;
  /** From the call of an enqueue to the start of its key, with all the others resident. */
  readonly nextStartMs: number;
  readonly coldSweepMs: number;
  readonly sweepMs: number;
  readonly sweepCpuMs: number;
  readonly peakMb: number;
}

/** For a hint to be taken in, once it has come. */
const HEEDED_MS = 10;
/** Slots while a deep queue is worked off: sampled in windows of a second. */
const BUSY_SECONDS = 30;

export const depth: Bench = {
  summary: '1,000 to 500,000 keys resident: first start, sweep, CPU, memory, slots kept busy; beside batch-and-wait',

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const { quick, runs, latencyMs } = options;
      const depths = quick ? [1_000, 20_000] : [1_000, 10_000, 100_000, 500_000];
      await deep(world, 1_000, false);
      const rows: Cell[][] = [];
      for (const keys of depths) {
        for (const delayed of [false, true]) {
          const all: Deep[] = [];
          const listMs: number[] = [];
          report.progress(`${keys} keys, ${delayed ? 'delayed' : 'eligible'}`);
          for (let i = 0; i < Math.min(runs, keys > 50_000 ? 2 : runs); i++) {
            all.push(await deep(world, keys, delayed));
            listMs.push(await listingOfA(world));
          }
          const first = all.flatMap(({ firstStartMs }) => firstStartMs ?? []);
          rows.push([
            keys.toLocaleString('en-US'),
            delayed ? 'delayed' : 'eligible',
            first.length > 0 ? spread(first) : undefined,
            spread(all.map(({ nextStartMs }) => nextStartMs)),
            spread(all.map(({ coldSweepMs }) => coldSweepMs)),
            spread(all.map(({ sweepMs }) => sweepMs)),
            spread(all.map(({ sweepCpuMs }) => sweepCpuMs)),
            spread(all.map(({ peakMb }) => peakMb)),
            spread(listMs),
          ]);
        }
      }
      report.table({
        title: `depth: latency ${latencyMs} ms`,
        columns: [
          { name: 'keys' },
          { name: 'all' },
          { name: 'first start, cold ms' },
          { name: 'next enqueue to start ms' },
          { name: 'first sweep ms' },
          { name: 'later sweep ms' },
          { name: 'its CPU ms' },
          { name: 'peak RSS MB' },
          { name: 'A: list before any start ms' },
        ],
        rows,
        notes: [
          'Next enqueue: eligible, all slots are taken and one is freed when the hint has come; delayed, the dispatcher is at rest and takes its lock first.',
          'Peak RSS is of the whole process, bench and TypeScript loader included: about 120 MB before anything is done.',
        ],
      });
      const [keys, seconds] = quick ? [20_000, 5] : [300_000, BUSY_SECONDS];
      report.progress(`slots busy over ${keys} keys`);
      const { busy, worstSecond } = await slotsBusy(world, keys, seconds);
      report.table({
        title: `slots busy: ${keys.toLocaleString('en-US')} keys in one bucket, C=100, runs of 5 s, ${seconds} s of them`,
        columns: [
          { name: 'busy', digits: 4 },
          { name: 'worst second', digits: 4 },
        ],
        rows: [[busy, worstSecond]],
      });
      return true;
    }),
};

async function deep(world: BenchWorld, keys: number, delayed: boolean): Promise<Deep> {
  await world.reset({ keys, delayed });
  const reconciler = new TimedReconciler(60_000);
  const sweeps: number[] = [];
  let swept = () => {};
  const journal = {
    ...silentJournal,
    write: (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (event !== 'sweep.done') return;
      sweeps.push(Number(fields.tookMs));
      swept();
    },
  };
  const nextSweep = () => new Promise<void>((resolve) => (swept = resolve));
  let peakMb = 0;
  const sampling = setInterval(() => (peakMb = Math.max(peakMb, process.memoryUsage.rss() / 1e6)), 20);
  // Each tick lists everything: it is a whole sweep that is measured.
  const dispatcher = world.dispatcher(reconciler, { concurrency: 100, fullSweepMs: 0 }, journal);
  const beganMs = performance.now();
  let done = nextSweep();
  world.tick();
  await done;
  if (!delayed) await reconciler.until({ started: 1 });
  const firstStartMs = reconciler.starts[0] && reconciler.starts[0].atMs - beganMs;
  done = nextSweep();
  const cpu = process.cpuUsage();
  world.tick();
  await done;
  const { user, system } = process.cpuUsage(cpu);
  const nextStartMs = await nextStart(world, reconciler, delayed);
  clearInterval(sampling);
  await world.retire(dispatcher);
  const [coldSweepMs = Number.NaN, sweepMs = Number.NaN] = sweeps;
  return { firstStartMs, nextStartMs, coldSweepMs, sweepMs, sweepCpuMs: (user + system) / 1000, peakMb };
}

/** A new key of higher priority. Where long runs take all slots, one is freed once the key is known. */
async function nextStart(world: BenchWorld, reconciler: TimedReconciler, delayed: boolean): Promise<number> {
  const calledMs = performance.now();
  await world.enqueue('next', 9);
  if (!delayed) {
    await new Promise((resolve) => setTimeout(resolve, world.hintMs + HEEDED_MS));
    reconciler.endOne();
  }
  return (await reconciler.startOf('next')) - calledMs;
}

async function listingOfA(world: BenchWorld): Promise<number> {
  const batches = new BatchAndWait({
    store: world.originalStore,
    concurrency: 100,
    reconciler: new TimedReconciler(0),
    passes: 'on the second',
  });
  const beganMs = performance.now();
  await batches.list();
  return performance.now() - beganMs;
}

/** Part of the slots' time that is used while a deep queue is worked off, in a window of real time. */
export async function slotsBusy(
  world: BenchWorld,
  keys: number,
  seconds: number,
): Promise<{ readonly busy: number; readonly worstSecond: number }> {
  const concurrency = 100;
  await world.reset({ keys });
  const reconciler = new TimedReconciler(5_000);
  const dispatcher = world.dispatcher(reconciler, { concurrency });
  world.tick();
  await reconciler.until({ started: concurrency });
  const windows: number[] = [];
  let atMs = performance.now();
  const endMs = atMs + seconds * 1000;
  while (atMs < endMs) {
    const before = reconciler.usedMs(atMs);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const nowMs = performance.now();
    windows.push((reconciler.usedMs(nowMs) - before) / (nowMs - atMs) / concurrency);
    atMs = nowMs;
  }
  await world.retire(dispatcher);
  const busy = windows.reduce((sum, each) => sum + each, 0) / windows.length;
  return { busy, worstSecond: Math.min(...windows) };
}
