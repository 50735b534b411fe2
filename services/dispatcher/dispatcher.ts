import type { QueueContext } from '../../queue/context.ts';
import { asCandidate } from '../../queue/core/candidate.ts';
import type { Census } from '../../queue/core/census.ts';
import { decodeEntry } from '../../queue/core/entry.ts';
import { type Hint, wakeMessage } from '../../queue/core/hint.ts';
import { queuedName } from '../../queue/core/layout.ts';
import { fairShare, isLapsed } from '../../queue/core/lock.ts';
import { QueueError } from '../../queue/errors.ts';
import { RegionLock } from '../../queue/region-lock.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { Deck } from './deck.ts';
import type { PublishFailure } from './failure-events.ts';
import { FollowUps, type PublishHint } from './follow-ups.ts';
import { Guard } from './guard.ts';
import { Hold } from './hold.ts';
import { Notifier } from './notifier.ts';
import type { ReconcilerCaller } from '../rpc/reconciler-port.ts';
import { Runs } from './runs.ts';
import type { DispatcherSettings } from './settings.ts';
import { Shift } from './shift.ts';
import { Survey } from './survey.ts';
import { type Extent, Sweeper } from './sweep.ts';
import type { Trigger } from './trigger.ts';
import { Watch } from './watch.ts';

/** Between two looks at a lock that another instance holds, and between tries while the bucket does not answer. */
const RETRY_MS = 2_000;
/** Tries of the bucket, without holding anything, before the trigger is handed back to Pub/Sub. */
const MOST_FAILURES = 3;

/**
 * The dispatcher of one region: from triggers to settled keys.
 *
 * A trigger starts the service loop if it is not running. The loop looks whether there is something to lease or recover, acquires
 * the region's lock, works until it is idle, releases the lock, and only then answers the last open trigger: whoever comes next
 * finds the lock free. Whatever arrives meanwhile is noted, and looked after before the loop ends.
 */
export class Dispatcher {
  readonly #context: QueueContext;
  readonly #settings: DispatcherSettings;
  readonly #lock: RegionLock;
  readonly #deck: Deck;
  readonly #sweeper: Sweeper;
  readonly #guard: Guard;
  readonly #survey: Survey;
  readonly #runs: Runs;
  readonly #hold: Hold;
  readonly #notifier: Notifier;
  readonly #beforeRest: (() => Promise<void>) | undefined;
  #serving: Promise<void> | undefined;
  #stopping = false;
  /** Monotonic ms by which runs are to have ended after `stop`. */
  #stopByMs = Number.POSITIVE_INFINITY;
  /** Triggers have come that the loop has not looked at. */
  #pending = false;
  /** A tick is among them. */
  #ticked = false;
  /** This instance has handed the lock over. It never asks for it back: its successor is newer, and asks for it no less. */
  #succeeded = false;
  #cancelAlarm: () => void = () => {};

  constructor(parts: {
    context: QueueContext;
    settings: DispatcherSettings;
    reconciler: ReconcilerCaller;
    /** Publishes on the hint topic; never rejects. */
    publish: PublishHint;
    publishFailure?: PublishFailure;
    tracing?: Tracing;
    /** Takes what each sweep has counted; of `leases`, what waits or is dead was not counted whole. */
    census?: ((census: Census, extent: Extent) => void) | undefined;
    /** Awaited before the last open request is answered, after which a request-billed process gets no CPU. Never rejects. */
    beforeRest?: (() => Promise<void>) | undefined;
  }) {
    const { context, settings } = parts;
    const changed = () => this.#notifier.notify();
    this.#context = context;
    this.#settings = settings;
    this.#beforeRest = parts.beforeRest;
    this.#notifier = new Notifier(context.clock);
    this.#deck = new Deck(settings.candidates);
    const instance = context.random.id();
    this.#lock = new RegionLock(context, settings.region, instance, settings.lock);
    this.#sweeper = new Sweeper(context, settings);
    const publishFailure = parts.publishFailure ?? (async () => {});
    this.#guard = new Guard({ context, settings, deck: this.#deck, publishFailure, changed });
    this.#survey = new Survey({
      context,
      sweeper: this.#sweeper,
      deck: this.#deck,
      guard: this.#guard,
      instance,
      fullEveryMs: settings.fullSweepMs,
      changed,
      census: parts.census,
    });
    this.#runs = new Runs({
      context,
      settings,
      reconciler: parts.reconciler,
      deck: this.#deck,
      followUps: new FollowUps({ context, settings, deck: this.#deck, publish: parts.publish, changed }),
      survivors: () => this.#guard.survivors,
      publishFailure,
      share: fairShare(settings.concurrency, settings.regions, settings.region),
      tracing: parts.tracing,
      changed,
    });
    this.#hold = new Hold(context.clock, settings.wakeMs, () => void parts.publish(wakeMessage(settings.region)));
  }

  /**
   * Takes in a trigger. Resolves when its request may be answered with success; rejects with `QueueError` `unavailable` when
   * Pub/Sub should send it again.
   */
  trigger(trigger: Trigger): Promise<void> {
    if (this.#stopping) return Promise.reject(new QueueError('unavailable', 'this instance is stopping'));
    if (trigger.kind === 'hint') this.#heed(trigger.hint);
    if (trigger.kind === 'tick') {
      this.#ticked = true;
      this.#survey.tick();
    }
    const answered = this.#settings.billing === 'request' ? this.#hold.take() : Promise.resolve();
    this.#attend();
    return answered;
  }

  /** `Process` calls under way. */
  get running(): number {
    return this.#runs.running;
  }

  /** Stops starting, lets runs finish for `graceMs`, requeues the rest as interrupted and releases the lock. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelAlarm();
    this.#stopByMs = this.#context.clock.monotonic() + graceMs;
    this.#notifier.notify();
    await this.#serving;
  }

  /** Has the loop look after what is new, and starts it if need be. */
  #attend(): void {
    this.#pending = true;
    this.#cancelAlarm();
    this.#notifier.notify();
    this.#serving ??= this.#serve();
  }

  /** With CPU of its own, an idle process need not wait for the next trigger to start a key whose time has come. */
  #setAlarm(): void {
    const nextMs = this.#deck.waiting.nextDueMs();
    if (this.#settings.billing !== 'instance' || nextMs === undefined || this.#stopping) return;
    const { clock } = this.#context;
    this.#cancelAlarm = clock.after(nextMs - clock.now(), () => this.#attend());
  }

  #heed(hint: Hint): void {
    const object = { name: queuedName(hint.key), ...hint };
    const { entry } = decodeEntry(hint.metadata);
    // The subscription lets through only the hints of keys that prefer this region.
    this.#deck.offer(asCandidate({ key: hint.key, object, entry, preferred: true }), this.#context.clock.now());
  }

  async #serve(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      this.#pending = false;
      try {
        const needed = await this.#look();
        if (!needed && !this.#pending) {
          if (this.#beforeRest) await this.#beforeRest();
          if (!this.#pending) break;
        }
        if (needed && (await this.#acquire())) await this.#work();
        failures = 0;
      } catch (error) {
        this.#context.journal.write('store.failed', { operation: 'serve', error: String(error) });
        if (++failures >= MOST_FAILURES) {
          this.#hold.fail(new QueueError('unavailable', 'the bucket does not answer', error));
          break;
        }
        await this.#rest(RETRY_MS * failures);
      }
    }
    // Synchronous from the last look at `#pending` on: a trigger that comes now starts the loop anew.
    this.#serving = undefined;
    // Whatever is left is for another instance, which Pub/Sub finds with the same trigger.
    if (this.#stopping) this.#hold.fail(new QueueError('unavailable', 'this instance has stopped'));
    this.#hold.release();
    this.#setAlarm();
  }

  /** Whether there is something to lease or to recover. A hint says so by itself; a tick costs a listing, up to the first find. */
  async #look(): Promise<boolean> {
    const survey = this.#survey;
    if (survey.paused && !this.#ticked && !survey.sweeping) {
      // All that a hint can ask of a paused queue is whether the pause has ended.
      survey.paused = await this.#sweeper.paused();
      if (survey.paused) return false;
      survey.want();
    }
    this.#ticked = false;
    survey.sweepIfWanted('at once');
    while (survey.sweeping && !this.#stopping && (survey.paused || !this.#hasDue())) {
      await this.#notifier.wait(RETRY_MS);
    }
    if (this.#stopping) return false;
    const error = survey.takeError();
    if (error && !this.#hasDue()) throw error;
    if (survey.orphansSeen || (this.#hasDue() && !survey.paused)) return true;
    return this.#doubtHolders();
  }

  /**
   * Others hold leases, and nothing is to be done here. Waits to see that they refresh their locks: whoever was lost just before
   * this tick would otherwise be found out only by the next. True: a holder is lost.
   */
  async #doubtHolders(): Promise<boolean> {
    const { clock, store } = this.#context;
    const { watchMs, lock: times } = this.#settings;
    for (const doubted of this.#survey.holders.splice(0)) {
      for (let waitMs = watchMs + times.marginMs; ; waitMs = doubted.expiresMs + times.marginMs - clock.now()) {
        await this.#rest(waitMs, () => this.#pending);
        if (this.#pending || this.#stopping) return false;
        const seen = await store.get(doubted.name);
        if (seen?.generation !== doubted.generation || isLapsed(doubted, clock.now(), times)) return true;
        if (seen.metageneration !== doubted.metageneration) break;
      }
    }
    return false;
  }

  #hasDue(): boolean {
    return this.#deck.hasDue(this.#context.clock.now());
  }

  /**
   * Waits for the region's lock, asking its holder for it; who has handed it over before only asks the holder to sweep. False:
   * told to stop.
   */
  async #acquire(): Promise<boolean> {
    const { journal } = this.#context;
    while (!this.#stopping) {
      const acquired = await this.#lock.acquire();
      if (acquired.kind === 'held') {
        journal.write('lock.acquired', { region: this.#settings.region, generation: this.#lock.generation });
        return true;
      }
      // What its holder leaves behind is known from a sweep only.
      this.#survey.want();
      if (acquired.kind === 'taken') await this.#lock.ask(this.#succeeded ? 'sweep' : 'handover');
      await this.#rest(acquired.kind === 'taken' ? RETRY_MS : RETRY_MS / 2);
    }
    return false;
  }

  /** Waits, whatever arrives meanwhile, but for being told to stop and for `unless`. */
  async #rest(ms: number, unless: () => boolean = () => false): Promise<void> {
    const { clock } = this.#context;
    const endMs = clock.monotonic() + ms;
    while (!this.#stopping && !unless() && clock.monotonic() < endMs) {
      await this.#notifier.wait(endMs - clock.monotonic());
    }
  }

  /** One tenure: from the lock's acquisition to its release, or loss. */
  async #work(): Promise<void> {
    const { clock } = this.#context;
    const watch = new Watch({
      context: this.#context,
      settings: this.#settings,
      lock: this.#lock,
      generation: this.#lock.generation as string,
      runs: this.#runs,
      guard: this.#guard,
      sweeper: this.#sweeper,
      changed: () => this.#notifier.notify(),
    });
    const shift = new Shift({
      clock,
      settings: this.#settings,
      deck: this.#deck,
      survey: this.#survey,
      runs: this.#runs,
      notifier: this.#notifier,
      watch,
      stopByMs: () => this.#stopByMs,
    });
    try {
      const end = await shift.work();
      if (end === 'wanted') await this.#handOver(shift);
      if (end === 'stopped') await shift.windDown(Number.POSITIVE_INFINITY);
    } finally {
      this.#runs.shut();
      if (!watch.holds()) {
        watch.lose();
      } else if (this.#deck.busy === 0) {
        await this.#lock.release();
        this.#context.journal.write('lock.released', { region: this.#settings.region });
      }
      // Whatever is still under way belongs to this tenure, and ends with it.
      watch.end();
    }
  }

  async #handOver(shift: Shift): Promise<void> {
    this.#context.journal.write('lock.wanted', { region: this.#settings.region });
    this.#succeeded = true;
    await shift.windDown(this.#settings.handoverMs);
    // The successor sweeps; what is known here goes stale.
    this.#survey.forget();
  }
}
