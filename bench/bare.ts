import { PREFIX } from '../queue/core/layout.ts';
import { pagesOf } from '../queue/list-ranges.ts';
import type { StoredObject } from '../queue/ports/object-store.ts';
import type { BenchWorld } from './world.ts';

/** As many keys under way as fill a hundred slots of 20 ms when each request takes 30 ms. */
const AT_ONCE = 320;

/**
 * CPU a key, in microseconds, of a loop that does what no dispatcher can do without: copy, delete, a run's timer, delete. Same
 * client, same bucket; no order, no limit, no lock, no conditions to recover from.
 */
export async function bareRequests(world: BenchWorld, keys: number, runMs: number): Promise<number> {
  const { store } = world;
  await world.reset({ keys });
  const waiting: StoredObject[] = [];
  for await (const objects of pagesOf(store, { prefix: PREFIX.queued })) waiting.push(...objects);
  const before = process.cpuUsage();
  let next = 0;
  const loop = async () => {
    for (let index = next++; index < waiting.length; index = next++) {
      const source = waiting[index] as StoredObject;
      const { name, metadata } = source;
      const to = name.replace(PREFIX.queued, PREFIX.inProgress);
      const copied = await store.copy({ from: name, source, to, destination: 'absent', metadata });
      if (copied.kind !== 'ok') throw new Error(`could not copy: ${copied.kind}`);
      await store.delete(name, source);
      await new Promise((resolve) => setTimeout(resolve, runMs));
      await store.delete(to, { generation: copied.object.generation });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / keys;
}
