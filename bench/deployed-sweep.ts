import type { Key } from '../queue/core/key.ts';
import { queuedName } from '../queue/core/layout.ts';
import { DispatcherProcess } from './dispatcher-process.ts';
import { grpcReconciler } from './grpc-reconciler.ts';
import type { BenchWorld } from './world.ts';

/** Between two looks at the CPU clock of the process, of which a sweep's part is taken. */
const SAMPLE_MS = 20;

export interface DeployedSweep {
  readonly seconds: number;
  /** `undefined` where there is no /proc. */
  readonly cpuSeconds: number | undefined;
  readonly peakMb: number | undefined;
}

/**
 * A full sweep by the process as it is deployed, all keys eligible and all slots taken: the second one, which has learned from the
 * first where to cut the names into ranges. It is made because a key came without a hint: otherwise it would be due in ten minutes.
 */
export async function deployedSweep(world: BenchWorld, keys: number): Promise<DeployedSweep> {
  const calls = await grpcReconciler();
  calls.hold();
  await world.reset({ keys });
  const dispatcher = await DispatcherProcess.start({
    storage: world.origin,
    reconcilerPort: calls.port,
    concurrency: 100,
  });
  const tick = () => void dispatcher.tick().catch(() => undefined);
  const samples: { readonly atMs: number; readonly cpuMs: number }[] = [];
  const sampling = setInterval(() => {
    const cpuMs = dispatcher.cpuMs();
    if (cpuMs !== undefined) samples.push({ atMs: performance.now(), cpuMs });
  }, SAMPLE_MS);
  try {
    let swept = dispatcher.next('sweep.done', { extent: 'all' });
    tick();
    await swept;
    swept = dispatcher.next('sweep.done', { extent: 'all' });
    await unheardOf(world);
    tick();
    const tookMs = Number((await swept).tookMs);
    const beganMs = performance.now() - tookMs;
    const cpuMs = dispatcher.cpuMs();
    const before = samples.findLast(({ atMs }) => atMs <= beganMs) ?? samples[0];
    return {
      seconds: tookMs / 1000,
      cpuSeconds: cpuMs === undefined || !before ? undefined : (cpuMs - before.cpuMs) / 1000,
      peakMb: dispatcher.peakMb(),
    };
  } finally {
    clearInterval(sampling);
    await dispatcher.kill();
    calls.release();
    await calls.close();
  }
}

/** A key that no hint tells of, in the first page of the queue, and more urgent than all others. */
async function unheardOf({ store }: BenchWorld): Promise<void> {
  const written = await store.put(queuedName('!' as Key), { priority: '00000001', attempts: '0' }, 'absent');
  if (written.kind !== 'ok') throw new Error(`could not add a key: ${written.kind}`);
}
