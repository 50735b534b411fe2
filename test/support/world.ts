import type { EventName, Journal } from '../../catalogue/events.ts';
import type { QueueContext } from '../../queue/context.ts';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import { HINT_ATTRIBUTES, HINT_KIND, hintMessage, type HintMessage, tickMessage } from '../../queue/core/hint.ts';
import type { Key } from '../../queue/core/key.ts';
import { preferredRegion } from '../../queue/core/preference.ts';
import { type EnqueueOptions, enqueue } from '../../queue/enqueue.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { observedStore, type StoreRequest } from '../../queue/stores/observed.ts';
import { Dispatcher } from '../../services/dispatcher/dispatcher.ts';
import type { FailureEvent } from '../../services/dispatcher/failure-events.ts';
import type { Answer, Call, ReconcilerCaller } from '../../services/rpc/reconciler-port.ts';
import { DEFAULT_SETTINGS, type DispatcherSettings } from '../../services/dispatcher/settings.ts';
import { HINT_HORIZON_SECONDS } from '../../services/receiver/receiver.ts';
import { parseTrigger } from '../../services/dispatcher/trigger.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';
import { seededRandom } from '../../services/testing/seeded-random.ts';
import type { Process } from './process.ts';

export interface LoggedEvent {
  readonly event: EventName;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** A `Process` call as a test sees it. */
export interface SeenCall extends Call {
  readonly region: string;
  readonly atMs: number;
  /** Answers the call. */
  answer(answer: Answer['outcome'] | Answer): undefined;
  readonly answered: boolean;
}

export type Handler = (call: SeenCall) => Answer['outcome'] | Promise<Answer['outcome']> | undefined;

/** A bucket, a clock and as many dispatchers as a test wants, all in memory and in virtual time. */
export class World {
  readonly clock = new ManualClock();
  readonly random = seededRandom(1);
  readonly bucket: Bucket;
  readonly events: LoggedEvent[] = [];
  readonly calls: SeenCall[] = [];
  readonly requests: StoreRequest[] = [];
  readonly failures: FailureEvent[] = [];
  readonly regions: string[];
  /** Answers calls; returning `undefined` leaves the call open. */
  handler: Handler = () => ({ kind: 'done' });
  /** Hints that get lost. */
  loseHints = false;
  readonly dispatchers = new Map<string, Dispatcher>();
  readonly store: ObjectStore;
  readonly context: QueueContext;

  constructor(
    options: {
      regions?: string[];
      latencyMs?: number;
      /** Wraps the store, to delay, fail or count. */
      wrap?: (store: ObjectStore, clock: ManualClock) => ObjectStore;
      /** Another store in place of the one in memory. */
      store?: ObjectStore;
    } = {},
  ) {
    this.regions = options.regions ?? ['a'];
    this.bucket = new Bucket({ clock: this.clock });
    const memory = memoryStore({ bucket: this.bucket, clock: this.clock, latencyMs: options.latencyMs ?? 0 });
    const store = options.store ?? (options.wrap ? options.wrap(memory, this.clock) : memory);
    this.store = observedStore(store, this.clock, (request) => void this.requests.push(request));
    this.context = this.contextFor(this.store);
  }

  contextFor(store: ObjectStore, clock: Clock = this.clock): QueueContext {
    const journal: Journal = {
      write: (event, fields = {}) => void this.events.push({ event, fields, atMs: this.clock.now() }),
    };
    return { store, clock, random: this.random, journal };
  }

  /** Starts a dispatcher. Several may run in one region, by other names. */
  dispatcher(
    name = this.regions[0] as string,
    settings: Partial<DispatcherSettings> = {},
    process: Pick<Process, 'store' | 'clock'> = this,
  ): Dispatcher {
    const region = name.split('#')[0] as string;
    const dispatcher = new Dispatcher({
      context: this.contextFor(process.store, process.clock),
      settings: {
        ...DEFAULT_SETTINGS,
        // Most tests look right after the last key is done.
        lingerMs: 0,
        queue: 'test',
        region,
        regions: this.regions,
        concurrency: 10,
        ...settings,
      },
      reconciler: this.#reconciler(region),
      publish: async (message) => this.deliver(message),
      publishFailure: async (failure) => void this.failures.push(failure),
    });
    this.dispatchers.set(name, dispatcher);
    return dispatcher;
  }

  /** Enqueues as a receiver does: the bucket, then the hint. */
  async enqueue(key: string, wish: Partial<Enqueue> = {}, options: EnqueueOptions = {}): Promise<void> {
    const full: Enqueue = { key: key as Key, priority: 0, delaySeconds: 0, ...wish };
    const { kind, object } = await enqueue(this.context, full, options);
    if (kind === 'deduplicated' || full.delaySeconds > HINT_HORIZON_SECONDS) return;
    this.deliver(hintMessage({ key: full.key, ...object }, preferredRegion(key, this.regions)));
  }

  /** A minute of the scheduler. */
  tick(): void {
    this.deliver(tickMessage);
  }

  /** Lets time pass with the scheduler's tick in every full minute. */
  async pass(ms: number): Promise<void> {
    let left = ms;
    while (left > 0) {
      const step = Math.min(left, 60_000 - (this.clock.monotonic() % 60_000));
      await this.clock.advance(step);
      left -= step;
      if (this.clock.monotonic() % 60_000 === 0) this.tick();
      await this.clock.settle();
    }
  }

  deliver(message: HintMessage): void {
    const kind = message.attributes[HINT_ATTRIBUTES.kind];
    if (this.loseHints && kind === HINT_KIND.hint) return;
    for (const [name, dispatcher] of this.dispatchers) {
      const region = name.split('#')[0];
      if (kind !== HINT_KIND.tick && message.attributes[HINT_ATTRIBUTES.region] !== region) continue;
      const trigger = parseTrigger(message);
      if (!trigger.ok) throw new Error(trigger.problem);
      dispatcher.trigger(trigger.value).catch(() => undefined);
    }
  }

  /** The requests answered so far, as `operation name`. */
  get operations(): string[] {
    return this.requests.map(({ operation, name }) => `${operation} ${name}`);
  }

  /** Names of the objects in the bucket, locks left out. */
  names(prefix = ''): string[] {
    const listed = this.bucket.list({ prefix });
    if (listed.kind !== 'page') throw new Error(listed.kind);
    return listed.objects.map(({ name }) => name).filter((name) => !name.startsWith('dispatchers/'));
  }

  metadata(name: string): Readonly<Record<string, string>> | undefined {
    const found = this.bucket.get(name);
    return found.kind === 'ok' ? found.object.metadata : undefined;
  }

  /** Events of one name, as their fields. */
  told(event: EventName): Readonly<Record<string, unknown>>[] {
    return this.events.filter((each) => each.event === event).map(({ fields }) => fields);
  }

  /** Keys in the order their runs began. */
  get started(): string[] {
    return this.calls.map(({ key }) => key);
  }

  /** Calls that have neither been answered nor cancelled. */
  get open(): SeenCall[] {
    return this.calls.filter((call) => !call.answered && !call.signal.aborted);
  }

  #reconciler(region: string): ReconcilerCaller {
    return {
      process: (call) =>
        new Promise((resolve) => {
          const answer = (given: Answer['outcome'] | Answer) => {
            seen.answered = true;
            resolve('outcome' in given ? given : { outcome: given, started: true });
            return undefined;
          };
          const seen = { ...call, region, atMs: this.clock.now(), answer, answered: false };
          this.calls.push(seen);
          void Promise.resolve(this.handler(seen)).then((given) => given && answer(given));
        }),
      close() {},
    };
  }
}
