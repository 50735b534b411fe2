import { setTimeout as realTime } from 'node:timers/promises';
import { silentJournal } from '../../catalogue/events.ts';
import type { QueueContext } from '../../queue/context.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { Dispatcher } from '../../services/dispatcher/dispatcher.ts';
import type { Call } from '../../services/rpc/reconciler-port.ts';
import { DEFAULT_SETTINGS } from '../../services/dispatcher/settings.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';
import { seededRandom } from '../../services/testing/seeded-random.ts';
import { Process } from './process.ts';

interface OpenCall extends Call {
  answer(outcome: Outcome): void;
  answered: boolean;
}

/**
 * A dispatcher in virtual time over a store that may answer in real time: while something is waited for, virtual time passes
 * along with the real one, and hours are skipped.
 */
export class Dispatch {
  readonly clock = new ManualClock();
  readonly calls: OpenCall[] = [];
  readonly context: QueueContext;
  readonly store: ObjectStore;
  /** What calls are answered; `undefined` leaves one open. */
  answer: (call: Call) => Outcome | undefined = () => ({ kind: 'done' });
  #process: Process | undefined;

  private constructor(store: ObjectStore, clock: ManualClock) {
    this.clock = clock;
    this.store = store;
    this.context = { store, clock, random: seededRandom(1), journal: silentJournal };
  }

  static async open(openStore: (clock: ManualClock) => Promise<ObjectStore>): Promise<Dispatch> {
    const clock = new ManualClock();
    return new Dispatch(await openStore(clock), clock);
  }

  get started(): string[] {
    return this.calls.map(({ key }) => key);
  }

  get open(): OpenCall[] {
    return this.calls.filter((call) => !call.answered && !call.signal.aborted);
  }

  /** Starts a dispatcher and gives it a tick. */
  start({ concurrency = 10, maxAttempts = 100 } = {}): Dispatcher {
    this.#process = new Process(this);
    const { store, clock } = this.#process;
    const dispatcher = new Dispatcher({
      context: { ...this.context, store, clock },
      settings: {
        ...DEFAULT_SETTINGS,
        queue: 'conformance',
        region: 'here',
        regions: ['here'],
        concurrency,
        retry: { ...DEFAULT_SETTINGS.retry, maxAttempts },
        billing: 'request',
      },
      reconciler: { process: (call) => this.#call(call), close() {} },
      publish: async () => {},
    });
    dispatcher.trigger({ kind: 'tick' }).catch(() => undefined);
    return dispatcher;
  }

  /** One tick: everything that is due now runs, until the dispatcher is idle. */
  async drain(settings: { concurrency?: number; maxAttempts?: number } = {}): Promise<void> {
    const dispatcher = this.start(settings);
    await this.during(dispatcher.trigger({ kind: 'tick' }));
    await this.stop(dispatcher);
  }

  async stop(dispatcher: Dispatcher): Promise<void> {
    await this.during(dispatcher.stop(0));
  }

  /** As kill -9: whatever the dispatcher was doing, it does nothing more. */
  kill(): void {
    this.#process?.stop();
  }

  /** Lets hours pass at once. */
  async skip(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Lets time pass until the promise has ended. */
  async during<T>(promise: Promise<T>): Promise<T> {
    let ended = false;
    const end = () => void (ended = true);
    promise.then(end, end);
    await this.until(() => ended);
    return promise;
  }

  async until(condition: () => boolean): Promise<void> {
    await this.clock.settle();
    while (!condition()) {
      // A store in memory needs no real time: then only the virtual one passes.
      await realTime(1);
      await this.clock.advance(20);
    }
  }

  /** Names of the queue's objects, locks left out. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    for (const prefix of [PREFIX.deadLetter, PREFIX.inProgress, PREFIX.queued]) {
      const page = await this.store.list({ prefix });
      names.push(...page.objects.map(({ name }) => name));
    }
    return names;
  }

  async close(): Promise<void> {
    this.kill();
  }

  #call(call: Call): Promise<{ outcome: Outcome; started: boolean }> {
    return new Promise((resolve) => {
      const open: OpenCall = {
        ...call,
        answered: false,
        answer(outcome) {
          open.answered = true;
          resolve({ outcome, started: true });
        },
      };
      this.calls.push(open);
      const outcome = this.answer(call);
      if (outcome) open.answer(outcome);
    });
  }
}
