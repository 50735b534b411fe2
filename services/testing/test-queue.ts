import { silentJournal } from '../../catalogue/events.ts';
import type { QueueContext } from '../../queue/context.ts';
import { parseEnqueue } from '../../queue/core/enqueue.ts';
import { hintMessage, type HintMessage, tickMessage } from '../../queue/core/hint.ts';
import type { Key } from '../../queue/core/key.ts';
import { keyOf, PREFIX } from '../../queue/core/layout.ts';
import { enqueue } from '../../queue/enqueue.ts';
import { QueueError } from '../../queue/errors.ts';
import { type KeyState, keyState } from '../../queue/key-state.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';
import { readEntry } from '../../queue/read-entry.ts';
import { redrive } from '../../queue/redrive.ts';
import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { Dispatcher } from '../dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../dispatcher/settings.ts';
import { parseTrigger } from '../dispatcher/trigger.ts';
import { inProcessCaller } from '../reconciler/in-process.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import { ceilSeconds, type Duration, parseDuration } from '../rpc/duration.ts';
import type { ReconcilerCaller } from '../rpc/reconciler-port.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

export interface TestQueueOptions {
  /** `Process` calls at once. Default 10. */
  readonly concurrency?: number;
  /** Attempts after which a failing key becomes a dead letter; 0 = never. Default 100. */
  readonly maxAttempts?: number;
  /** Wall clock time to start at, unix ms. */
  readonly startMs?: number;
  /** Varies the jitter. */
  readonly seed?: number;
}

/** One run of a key as the queue saw it. */
export interface TestRun {
  readonly key: string;
  readonly attempt: number;
  readonly fence: number;
  /** Unix ms of its start, on the queue's clock. */
  readonly startedMs: number;
  /** What became of it: `done`, `requeue`, `failed`, ...; absent while it runs. */
  outcome?: string;
  error?: string;
}

export interface DeadLetter {
  readonly key: string;
  readonly cause: 'exhausted' | 'rejected' | undefined;
  readonly error: string | undefined;
  readonly attempts: number;
}

/** Between two ticks of the scheduler. */
const TICK_MS = 60_000;

/**
 * A whole queue in memory, on a clock that only moves when told to. The dispatcher is the real one, so attempts, waits, floors
 * and dead letters come out as they will in the cloud; only the bucket and the wire are missing.
 */
export class TestQueue implements AsyncDisposable {
  readonly clock: ManualClock;
  /** Every run so far, in the order of their starts. */
  readonly runs: TestRun[] = [];
  readonly #context: QueueContext;
  readonly #bucket: Bucket;
  readonly #dispatcher: Dispatcher;
  #handling = 0;

  constructor(reconciler: Reconciler, options: TestQueueOptions = {}) {
    this.clock = new ManualClock(options.startMs, () => this.#handling > 0);
    const random = seededRandom(options.seed ?? 1);
    this.#bucket = new Bucket({ clock: this.clock });
    const store = memoryStore({ bucket: this.#bucket, clock: this.clock });
    this.#context = { store, clock: this.clock, random, journal: silentJournal };
    const retry = { ...DEFAULT_SETTINGS.retry, maxAttempts: options.maxAttempts ?? DEFAULT_SETTINGS.retry.maxAttempts };
    this.#dispatcher = new Dispatcher({
      context: this.#context,
      settings: {
        ...DEFAULT_SETTINGS,
        queue: 'test',
        region: 'test',
        regions: ['test'],
        concurrency: options.concurrency ?? 10,
        retry,
        billing: 'instance',
      },
      reconciler: this.#watched(inProcessCaller(reconciler, { clock: this.clock, random })),
      publish: async (message) => this.#deliver(message),
    });
  }

  /** Enqueues a key, and lets the queue do what it does at once. Throws `QueueError` `invalid` for input that breaks a rule. */
  async enqueue(key: string, options: { readonly priority?: number; readonly delay?: Duration } = {}): Promise<void> {
    const delaySeconds = ceilSeconds(milliseconds(options.delay ?? 0));
    const wish = parseEnqueue({ key, priority: options.priority, delaySeconds });
    if (!wish.ok) throw new QueueError('invalid', wish.problem);
    const { kind, object } = await enqueue(this.#context, wish.value);
    if (kind !== 'deduplicated') this.#deliver(hintMessage({ key: wish.value.key, ...object }, 'test'));
    await this.clock.settle();
  }

  /** Lets time pass, with the scheduler's tick in every minute. */
  async advance(time: Duration): Promise<void> {
    for (let leftMs = milliseconds(time); leftMs > 0;) {
      const stepMs = Math.min(leftMs, TICK_MS - (this.clock.monotonic() % TICK_MS));
      await this.clock.advance(stepMs);
      leftMs -= stepMs;
      if (this.clock.monotonic() % TICK_MS === 0) this.#deliver(tickMessage);
      await this.clock.settle();
    }
  }

  /** Lets time pass until the key is done or dead, but not longer than `most` (default a day). Says where it then is. */
  async settled(key: string, most: Duration = '24h'): Promise<KeyState | undefined> {
    const endMs = this.clock.monotonic() + milliseconds(most);
    let state = await this.state(key);
    while (state && state.status !== 'dead-letter' && this.clock.monotonic() < endMs) {
      await this.advance('1s');
      state = await this.state(key);
    }
    return state;
  }

  /** Where a key is; `undefined` where it is nowhere: done, or never enqueued. */
  state(key: string): Promise<KeyState | undefined> {
    return keyState(this.#context, key as Key);
  }

  /** The runs of one key. */
  runsOf(key: string): TestRun[] {
    return this.runs.filter((run) => run.key === key);
  }

  /** All dead letters, by key. */
  deadLetters(): DeadLetter[] {
    const listed = this.#bucket.list({ prefix: PREFIX.deadLetter });
    return listed.kind === 'page' ? listed.objects.flatMap((object) => this.#deadLetter(object)) : [];
  }

  /** Queues a dead letter again with no attempts spent. False: there is none. */
  async redrive(key: string): Promise<boolean> {
    const enqueued = await redrive(this.#context, key as Key);
    if (enqueued) this.#deliver(hintMessage({ key: key as Key, ...enqueued.object }, 'test'));
    await this.clock.settle();
    return enqueued !== undefined;
  }

  /** Stops the dispatcher: running keys are interrupted and queued again. */
  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.#dispatcher.stop(0);
    await this.clock.advance(1_000);
    await stopped;
  }

  #deadLetter(object: StoredObject): DeadLetter[] {
    const key = keyOf(object.name, PREFIX.deadLetter);
    if (!key.ok) return [];
    const { cause, lastError, attempts } = readEntry(this.#context, object);
    return [{ key: key.value, cause, error: lastError, attempts }];
  }

  #deliver(message: HintMessage): void {
    const trigger = parseTrigger(message);
    // A trigger is refused only while the dispatcher stops; the key stays queued.
    if (trigger.ok) this.#dispatcher.trigger(trigger.value).catch(() => undefined);
  }

  #watched(caller: ReconcilerCaller): ReconcilerCaller {
    return {
      process: async (call) => {
        const { key, attempt, fence } = call;
        const run: TestRun = { key, attempt, fence, startedMs: this.clock.now() };
        this.runs.push(run);
        this.#handling++;
        const answer = await caller.process(call);
        this.#handling--;
        run.outcome = answer.outcome.kind;
        if (answer.outcome.kind === 'failed') run.error = answer.outcome.error;
        if (answer.outcome.kind === 'rejected') run.error = answer.outcome.reason;
        return answer;
      },
      close: () => caller.close(),
    };
  }
}

function milliseconds(duration: Duration): number {
  const parsed = parseDuration(duration);
  if (!parsed.ok) throw new QueueError('invalid', parsed.problem);
  return parsed.value;
}
