import type { Bench } from './bench.ts';
import { DispatcherProcess } from './dispatcher-process.ts';
import { grpcReconciler } from './grpc-reconciler.ts';
import { TimedReconciler } from './reconciler.ts';
import { BatchAndWait, type Passes } from './scheme-a.ts';
import { spread } from './table.ts';
import { BenchWorld } from './world.ts';

export interface Drained {
  readonly perSecond: number;
  readonly efficiency: number;
  /** Of this process: dispatcher, client, and the timers of the runs. */
  readonly cpuMicros: number;
  /** Of the store's process: what it takes of this machine is not the dispatcher's. */
  readonly storeCpuMicros: number;
}

/**
 * Backlogs long enough that the first second does not count for much. Of runs of 20 ms the other side gets a dozen passes: its
 * last one is not rounded up to a second, which flatters it a little. Of runs of 1 s it gets the same backlog.
 */
export const GRID = {
  'C=10, 20 ms': { concurrency: 10, runMs: 20, keys: 3_000, keysA: 120 },
  'C=100, 20 ms': { concurrency: 100, runMs: 20, keys: 20_000, keysA: 1_200 },
  'C=10, 1 s': { concurrency: 10, runMs: 1_000, keys: 200, keysA: 200 },
  'C=100, 1 s': { concurrency: 100, runMs: 1_000, keys: 2_000, keysA: 2_000 },
} as const;

/** A dispatcher lives for days: before it is measured, its code is compiled as it is after its first minutes. */
export async function warmUp(world: BenchWorld): Promise<void> {
  const { concurrency, runMs, keys } = GRID['C=100, 20 ms'];
  await drainOurs(world, concurrency, runMs, keys);
}

/** A backlog worked off, from the tick that finds it to the end of the last run. */
export const drain: Bench = {
  summary: 'a backlog worked off: keys/s, efficiency of the slots, CPU; beside batch-and-wait',

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const { runs, quick, latencyMs } = options;
      await warmUp(world);
      const rows = [];
      for (const { concurrency, runMs, keys, keysA } of Object.values(GRID)) {
        const ours: Drained[] = [];
        const theirs: Drained[] = [];
        const kinder: Drained[] = [];
        for (let i = 0; i < runs; i++) {
          report.progress(`C=${concurrency}, runs of ${runMs} ms: ${i + 1} of ${runs}`);
          ours.push(await drainOurs(world, concurrency, runMs, quick ? keys / 5 : keys));
          const batches = [world, concurrency, runMs, quick ? keysA / 5 : keysA] as const;
          theirs.push(await drainBatches(...batches, 'on the second'));
          kinder.push(await drainBatches(...batches, 'back to back'));
        }
        rows.push([
          String(concurrency),
          `${runMs} ms`,
          spread(ours.map(({ perSecond }) => perSecond)),
          spread(ours.map(({ efficiency }) => efficiency)),
          spread(ours.map(({ cpuMicros }) => cpuMicros)),
          spread(theirs.map(({ perSecond }) => perSecond)),
          spread(theirs.map(({ efficiency }) => efficiency)),
          spread(ratios(ours, theirs)),
          spread(kinder.map(({ perSecond }) => perSecond)),
          spread(ratios(ours, kinder)),
        ]);
      }
      report.table({
        title: `drain: latency ${latencyMs} ms, ${runs} runs each`,
        columns: [
          { name: 'C' },
          { name: 'run' },
          { name: 'keys/s', digits: 1 },
          { name: 'efficiency', digits: 2 },
          { name: 'CPU µs/key' },
          { name: 'A keys/s', digits: 1 },
          { name: 'A efficiency', digits: 2 },
          { name: 'ours / A', digits: 2 },
          { name: 'A back to back', digits: 1 },
          { name: 'ours / it', digits: 2 },
        ],
        rows,
        notes: [
          'Efficiency: keys · run / C over the time it took. A: batch and wait, passes on the second; it, back to back: the same with passes one after the other at once. Same client, same run.',
        ],
      });
      report.progress('by the deployed process');
      const deployed = await drainDeployed(world, 100, 20, quick ? 2_000 : 20_000);
      report.table({
        title: `drain by the deployed process, log and gRPC included: latency ${latencyMs} ms, one run`,
        columns: [{ name: 'C' }, { name: 'run' }, { name: 'keys/s', digits: 1 }, { name: 'CPU µs/key' }],
        rows: [['100', '20 ms', deployed.perSecond, deployed.cpuMicros]],
        notes: [
          'Four processes share this machine then: dispatcher, store, reconciler (in the bench), and whatever else runs.',
        ],
      });
      return true;
    }),
};

/** The process as it is deployed, with its log and its gRPC calls; the reconciler answers from this process. */
export async function drainDeployed(
  world: BenchWorld,
  concurrency: number,
  runMs: number,
  keys: number,
): Promise<{ readonly perSecond: number; readonly cpuMicros: number | undefined }> {
  const calls = await grpcReconciler(runMs);
  const to = { storage: world.origin, reconcilerPort: calls.port, concurrency };
  const dispatcher = await DispatcherProcess.start(to);
  const work = async (count: number) => {
    await world.reset({ keys: count });
    const all = calls.next(count);
    void dispatcher.tick().catch(() => undefined);
    await all;
  };
  // What is measured is a process that has been at it for a while.
  await work(2_000);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const cpuMs = dispatcher.cpuMs();
  const beganMs = performance.now();
  await work(keys);
  const tookMs = performance.now() - beganMs;
  const usedMs = dispatcher.cpuMs();
  await dispatcher.kill();
  await calls.close();
  const cpuMicros = usedMs === undefined || cpuMs === undefined ? undefined : ((usedMs - cpuMs) * 1000) / keys;
  return { perSecond: (keys * 1000) / tookMs, cpuMicros };
}

export async function drainOurs(world: BenchWorld, concurrency: number, runMs: number, keys: number): Promise<Drained> {
  await world.reset({ keys });
  const reconciler = new TimedReconciler(runMs);
  const dispatcher = world.dispatcher(reconciler, { concurrency });
  const drained = await measure(world, reconciler, concurrency, keys, () => world.tick());
  await world.retire(dispatcher);
  return drained;
}

export function ratios(ours: readonly Drained[], theirs: readonly Drained[]): number[] {
  return ours.map(({ perSecond }, i) => perSecond / (theirs[i]?.perSecond ?? Number.NaN));
}

export async function drainBatches(
  world: BenchWorld,
  concurrency: number,
  runMs: number,
  keys: number,
  passes: Passes,
): Promise<Drained> {
  await world.reset({ keys });
  const reconciler = new TimedReconciler(runMs);
  const batches = new BatchAndWait({ store: world.originalStore, concurrency, reconciler, passes });
  const drained = await measure(world, reconciler, concurrency, keys, () => batches.trigger());
  await batches.stop();
  return drained;
}

async function measure(
  world: BenchWorld,
  reconciler: TimedReconciler,
  concurrency: number,
  keys: number,
  begin: () => void,
): Promise<Drained> {
  const storeMs = await world.storeCpuMs();
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  begin();
  await reconciler.until({ ended: keys });
  const tookMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(cpu);
  if (reconciler.most > concurrency) throw new Error(`the limit was exceeded: running=${reconciler.most}`);
  return {
    perSecond: (keys * 1000) / tookMs,
    efficiency: (keys * reconciler.runMs) / concurrency / tookMs,
    cpuMicros: (user + system) / keys,
    storeCpuMicros: ((await world.storeCpuMs()) - storeMs) * (1000 / keys),
  };
}
