import { TimedReconciler } from '../reconciler.ts';
import { BenchWorld, type WorldTimes } from '../world.ts';
import { AT_ONCE, type OpenPeer } from './peer.ts';

/** Ours, in the shape of a peer: a bucket in a process of its own, the dispatcher in this one. */
export async function levelset(times: WorldTimes, onJob: (key: string) => void): Promise<OpenPeer> {
  const world = await BenchWorld.open(times);
  const reconciler = new TimedReconciler(0, onJob);
  return {
    add: (key) => world.enqueue(key),
    async work() {
      world.dispatcher(reconciler, { concurrency: AT_ONCE });
      world.tick();
    },
    close: () => world.close(),
  };
}
