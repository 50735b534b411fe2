import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { type Journal, silentJournal } from '../catalogue/events.ts';
import type { QueueContext } from '../queue/context.ts';
import { hintMessage, type HintMessage, tickMessage } from '../queue/core/hint.ts';
import type { Key } from '../queue/core/key.ts';
import { enqueue } from '../queue/enqueue.ts';
import type { ObjectStore } from '../queue/ports/object-store.ts';
import { gcsStore } from '../queue/stores/gcs.ts';
import { openStorage } from '../queue/stores/gcs-client.ts';
import { leanTransport } from '../queue/stores/gcs-lean-transport.ts';
import type { GcsTransport } from '../queue/stores/gcs-transport.ts';
import { Dispatcher } from '../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS, type DispatcherSettings } from '../services/dispatcher/settings.ts';
import { parseTrigger, type Trigger } from '../services/dispatcher/trigger.ts';
import type { ReconcilerCaller } from '../services/rpc/reconciler-port.ts';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';
import { endsWithUs } from './children.ts';
import type { RequestCounts } from './requests.ts';
import type { Seed } from './seed.ts';
import { BUCKET_NAME, type StoreAnswer, type StoreOrder } from './store-orders.ts';

export const REGION = 'bench';

export interface WorldTimes {
  readonly latencyMs: number;
  readonly hintMs: number;
}

/** Listings of everything that is known of an object. */
function allFields(transport: GcsTransport): GcsTransport {
  return (request) => {
    const isListing = request.method === 'GET' && request.path.endsWith('/o');
    return transport(isListing ? { ...request, query: { ...request.query, fields: undefined } } : request);
  };
}

/** A bucket in a process of its own, reached through the production client; dispatchers of the product in this process. */
export class BenchWorld {
  readonly store: ObjectStore;
  /** The same, but listings ask for all fields of the objects, as the original's do. */
  readonly originalStore: ObjectStore;
  readonly origin: string;
  readonly context: QueueContext;
  readonly #child: ChildProcess;
  /** From publishing a hint to its push. */
  readonly hintMs: number;
  readonly #dispatchers = new Set<Dispatcher>();
  readonly #others = new Set<(trigger: Trigger) => void>();

  private constructor(child: ChildProcess, origin: string, hintMs: number) {
    const storage = openStorage({ apiEndpoint: origin, projectId: 'bench' });
    this.origin = origin;
    const ports = { clock: systemClock, random: systemRandom };
    this.store = gcsStore({ storage, bucket: BUCKET_NAME, ...ports });
    this.originalStore = gcsStore({
      storage,
      bucket: BUCKET_NAME,
      ...ports,
      transport: allFields(leanTransport({ storage, ...ports, timeoutMs: 20_000 })),
    });
    this.context = this.contextWith(silentJournal);
    this.#child = child;
    this.hintMs = hintMs;
  }

  /** Opens a world for as long as `use` takes. (Node 22 runs no `await using`.) */
  static async using<T>(times: WorldTimes, use: (world: BenchWorld) => Promise<T>): Promise<T> {
    const world = await BenchWorld.open(times);
    try {
      return await use(world);
    } finally {
      await world.close();
    }
  }

  static async open(times: WorldTimes): Promise<BenchWorld> {
    // Flags of this process, a profiler's say, are not the store's.
    const store = resolve(import.meta.dirname, 'store.ts');
    const child = endsWithUs(fork(store, { execArgv: ['--max-semi-space-size=32'] }));
    const [{ port }] = (await once(child, 'message')) as [StoreAnswer];
    const world = new BenchWorld(child, `http://127.0.0.1:${port}`, times.hintMs);
    await world.#order({ kind: 'latency', ms: times.latencyMs });
    return world;
  }

  contextWith(journal: Journal, store: ObjectStore = this.store): QueueContext {
    return { store, clock: systemClock, random: systemRandom, journal };
  }

  /** Empties the bucket and fills it anew. */
  async reset(seed?: Seed): Promise<void> {
    await this.#order(seed ? { kind: 'reset', seed } : { kind: 'reset' });
  }

  async latency(ms: number): Promise<void> {
    await this.#order({ kind: 'latency', ms });
  }

  /** Requests that have arrived at the bucket since the last reset. */
  async counts(): Promise<RequestCounts> {
    return (await this.#order({ kind: 'counts' })).counts;
  }

  /** CPU of the store's process so far, in ms. */
  async storeCpuMs(): Promise<number> {
    return (await this.#order({ kind: 'counts' })).cpuMs;
  }

  /** A dispatcher that hears of hints and ticks until it is retired. */
  dispatcher(
    reconciler: ReconcilerCaller,
    settings: Partial<DispatcherSettings>,
    journal: Journal = silentJournal,
  ): Dispatcher {
    const dispatcher = new Dispatcher({
      context: this.contextWith(journal),
      settings: {
        ...DEFAULT_SETTINGS,
        queue: 'bench',
        region: REGION,
        regions: [REGION],
        concurrency: 10,
        ...settings,
      },
      reconciler,
      publish: async (message) => this.publish(message),
    });
    this.#dispatchers.add(dispatcher);
    return dispatcher;
  }

  async retire(dispatcher: Dispatcher): Promise<void> {
    this.#dispatchers.delete(dispatcher);
    await dispatcher.stop(0);
  }

  /** Tells `listener` of all triggers. Returns a function that ends it. */
  onTrigger(listener: (trigger: Trigger) => void): () => void {
    this.#others.add(listener);
    return () => this.#others.delete(listener);
  }

  /** A tick for one dispatcher; resolves when it has come to rest. */
  trigger(dispatcher: Dispatcher): Promise<void> {
    return dispatcher.trigger({ kind: 'tick' });
  }

  tick(): void {
    this.#deliver(tickMessage);
  }

  /** As a receiver does: the bucket, then the hint. */
  async enqueue(key: string, priority = 0): Promise<void> {
    const { kind, object } = await enqueue(this.context, { key: key as Key, priority, delaySeconds: 0 });
    if (kind !== 'deduplicated') this.publish(hintMessage({ key: key as Key, ...object }, REGION));
  }

  publish(message: HintMessage): void {
    setTimeout(() => this.#deliver(message), this.hintMs);
  }

  #deliver(message: HintMessage): void {
    const trigger = parseTrigger(message);
    if (!trigger.ok) throw new Error(trigger.problem);
    for (const dispatcher of this.#dispatchers) dispatcher.trigger(trigger.value).catch(() => undefined);
    for (const tell of this.#others) tell(trigger.value);
  }

  async #order(order: StoreOrder): Promise<StoreAnswer> {
    const answered = once(this.#child, 'message');
    this.#child.send(order);
    return ((await answered) as [StoreAnswer])[0];
  }

  async close(): Promise<void> {
    for (const dispatcher of this.#dispatchers) await this.retire(dispatcher);
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}
