import { silentJournal } from '../catalogue/events.ts';
import { done } from '../services/reconciler/index.ts';
import { silentLog } from '../services/reconciler/log.ts';
import { ReconcilerService } from '../services/reconciler/service.ts';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';

export type GrpcReconciler = Awaited<ReturnType<typeof grpcReconciler>>;

/** A reconciler behind gRPC, made with the SDK, that tells of its calls and can be made to keep them. */
export async function grpcReconciler(runMs = 0) {
  let left = 0;
  let wake = () => {};
  let held: Promise<void> | undefined;
  let letGo = () => {};
  const handler = async () => {
    if (--left === 0) wake();
    if (runMs > 0) await new Promise((resolve) => setTimeout(resolve, runMs));
    await held;
    return done();
  };
  const service = new ReconcilerService(
    { handler },
    { host: '127.0.0.1', port: 0 },
    { clock: systemClock, random: systemRandom, journal: silentJournal, log: silentLog, flushed: async () => {} },
  );
  const port = await service.listen();
  return {
    port,
    /** Resolves with the `count`-th call from now on. */
    next(count: number): Promise<void> {
      left = count;
      return new Promise((resolve) => (wake = resolve));
    },
    hold(): void {
      held = new Promise((resolve) => (letGo = resolve));
    },
    release(): void {
      held = undefined;
      letGo();
    },
    close: () => service.close(),
  };
}
