import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from './bench.ts';
import { endsWithUs } from './children.ts';
import { DispatcherProcess } from './dispatcher-process.ts';
import { type GrpcReconciler, grpcReconciler } from './grpc-reconciler.ts';
import { TimedReconciler } from './reconciler.ts';
import { since, total } from './requests.ts';
import { BatchAndWait } from './scheme-a.ts';
import { SERVICES, startOf } from './service-starts.ts';
import { type Cell, spread, type Table } from './table.ts';
import { BenchWorld } from './world.ts';

const CONCURRENCY = 100;

/** The deployed process from nothing: its start, its first run, and its successor after a `kill -9`. */
export const coldstart: Bench = {
  summary: 'a dispatcher process from nothing: ready, first start, recovery after kill -9; beside a bare Node process',

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const { runs, quick, latencyMs } = options;
      const calls = await grpcReconciler();
      const to = { storage: world.origin, reconcilerPort: calls.port, concurrency: CONCURRENCY };
      const rows: Cell[][] = [];
      for (const keys of quick ? [1_000] : [1_000, 100_000]) {
        report.progress(`first start, ${keys} keys queued`);
        const measured: { readyMs: number; firstMs: number; bareMs: number; listMs: number }[] = [];
        for (let i = 0; i < runs; i++) {
          const bareMs = await bareNode();
          await world.reset({ keys });
          const dispatcher = await DispatcherProcess.start(to);
          const beganMs = performance.now();
          const first = calls.next(1);
          void dispatcher.tick().catch(() => undefined);
          await first;
          const firstMs = performance.now() - beganMs;
          await dispatcher.kill();
          const batches = new BatchAndWait({
            store: world.originalStore,
            concurrency: 1,
            reconciler: new TimedReconciler(0),
            passes: 'on the second',
          });
          await world.reset({ keys });
          const listBeganMs = performance.now();
          await batches.list();
          measured.push({ readyMs: dispatcher.readyMs, firstMs, bareMs, listMs: performance.now() - listBeganMs });
        }
        rows.push([
          keys.toLocaleString('en-US'),
          spread(measured.map(({ bareMs }) => bareMs)),
          spread(measured.map(({ readyMs }) => readyMs)),
          spread(measured.map(({ firstMs }) => firstMs)),
          spread(measured.map(({ firstMs }) => firstMs / Math.max(latencyMs, 1))),
          // The listing alone: copy, delete and run come on top.
          spread(measured.map(({ listMs }) => listMs)),
        ]);
      }
      report.table({
        title: `cold start of the process: latency ${latencyMs} ms, ${runs} runs`,
        columns: [
          { name: 'keys queued' },
          { name: 'bare Node ms' },
          { name: 'ready ms' },
          { name: 'tick to first Process ms' },
          { name: 'in round trips', digits: 1 },
          { name: 'A: list before any start ms' },
        ],
        rows,
        notes: [
          'Ready: TypeScript sources as they are, without a bundle. The first Process also opens the first connections.',
        ],
      });
      const starts: Cell[][] = [];
      for (const service of Object.keys(SERVICES) as (keyof typeof SERVICES)[]) {
        report.progress(`start of the ${service}`);
        const took: number[] = [];
        for (let i = 0; i < runs + 2; i++) took.push(await startOf(service));
        starts.push([service, SERVICES[service], spread(took)]);
      }
      report.table({
        title: `start of each service process until it listens: ${runs + 2} runs`,
        columns: [{ name: 'process' }, { name: 'file' }, { name: 'ms' }],
        rows: starts,
        notes: ['TypeScript sources as they are, without a bundle.'],
      });
      report.progress('recovery after kill -9');
      report.table(await recovery(world, calls, to, quick ? [10] : [10, CONCURRENCY]));
      await calls.close();
      return true;
    }),
};

async function recovery(
  world: BenchWorld,
  calls: GrpcReconciler,
  to: Parameters<typeof DispatcherProcess.start>[0],
  running: readonly number[],
): Promise<Table> {
  const rows: Cell[][] = [];
  for (const keys of running) {
    const { seconds, requests } = await recover(world, calls, to, keys);
    rows.push([keys, seconds, requests, requests / keys]);
  }
  return {
    title: 'recovery: kill -9 of a dispatcher with keys running, until all of them run again',
    columns: [
      { name: 'running keys' },
      { name: 'seconds', digits: 1 },
      { name: 'requests' },
      { name: 'requests/key', digits: 1 },
    ],
    rows,
    notes: [
      'One run each. The successor is ticked once, right after the kill, and holds that tick until the lock of the lost one has lapsed.',
    ],
  };
}

/** From the kill of a dispatcher that runs `keys` keys until its successor runs all of them. */
export async function recover(
  world: BenchWorld,
  calls: GrpcReconciler,
  to: Parameters<typeof DispatcherProcess.start>[0],
  keys: number,
): Promise<{ readonly seconds: number; readonly requests: number }> {
  await world.reset({ keys });
  calls.hold();
  const lost = await DispatcherProcess.start(to);
  const begun = calls.next(keys);
  void lost.tick().catch(() => undefined);
  await begun;
  await lost.kill();
  const beganMs = performance.now();
  const before = await world.counts();
  const again = calls.next(keys);
  const successor = await DispatcherProcess.start(to);
  void successor.tick().catch(() => undefined);
  await again;
  const seconds = (performance.now() - beganMs) / 1000;
  const requests = total(since(before, await world.counts()));
  calls.release();
  await successor.kill();
  return { seconds, requests };
}

async function bareNode(): Promise<number> {
  const beganMs = performance.now();
  await once(endsWithUs(spawn(process.execPath, ['-e', '0'])), 'exit');
  return performance.now() - beganMs;
}
