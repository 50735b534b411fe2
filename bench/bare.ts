import type { Hint } from '../queue/core/hint.ts';
import type { Key } from '../queue/core/key.ts';
import { inProgressName, keyOf, PREFIX, queuedName } from '../queue/core/layout.ts';
import { pagesOf } from '../queue/list-ranges.ts';
import type { ObjectStore } from '../queue/ports/object-store.ts';
import type { Trigger } from '../services/dispatcher/trigger.ts';
import type { TimedReconciler } from './reconciler.ts';
import type { BenchWorld } from './world.ts';

/** As many keys under way as fill a hundred slots of 20 ms when each request takes 30 ms. */
const AT_ONCE = 320;

/** What no dispatcher can do without: copy, delete, the run, delete. No order, no limit, no lock, nothing to recover from. */
export async function bareRun(
  store: ObjectStore,
  { key, metadata, ...source }: Hint,
  run: (key: Key) => Promise<unknown>,
): Promise<void> {
  const from = queuedName(key);
  const to = inProgressName(key);
  const copied = await store.copy({ from, source, to, destination: 'absent', metadata });
  if (copied.kind !== 'ok') throw new Error(`could not copy ${JSON.stringify(key)}: ${copied.kind}`);
  await store.delete(from, source);
  await run(key);
  await store.delete(to, { generation: copied.object.generation });
}

/** CPU a key, in microseconds, of a backlog of bare runs, by the same client in the same bucket. */
export async function bareRequests(world: BenchWorld, keys: number, runMs: number): Promise<number> {
  const { store } = world;
  await world.reset({ keys });
  const waiting: Hint[] = [];
  for await (const objects of pagesOf(store, { prefix: PREFIX.queued })) {
    for (const { name, ...object } of objects) {
      const key = keyOf(name, PREFIX.queued);
      if (key.ok) waiting.push({ key: key.value, ...object });
    }
  }
  const run = () => new Promise((resolve) => setTimeout(resolve, runMs));
  const before = process.cpuUsage();
  let next = 0;
  const loop = async () => {
    for (let index = next++; index < waiting.length; index = next++) {
      await bareRun(store, waiting[index] as Hint, run);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / keys;
}

/** Begins a bare run for each hint: what is late here is so by client, bucket and machine, whatever a dispatcher does. */
export class BareConsumer {
  readonly #store: ObjectStore;
  readonly #reconciler: TimedReconciler;
  readonly #runs = new Set<Promise<void>>();

  constructor(store: ObjectStore, reconciler: TimedReconciler) {
    this.#store = store;
    this.#reconciler = reconciler;
  }

  trigger(trigger: Trigger): void {
    if (trigger.kind !== 'hint') return;
    const run = bareRun(this.#store, trigger.hint, (key) => this.#reconciler.process({ key }));
    this.#runs.add(run);
    void run.finally(() => this.#runs.delete(run));
  }

  /** Resolves when all that has begun has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#runs);
  }
}
