import type { QueueContext } from '../../queue/context.ts';
import type { Candidate } from '../../queue/core/candidate.ts';
import type { Key } from '../../queue/core/key.ts';
import { afterRun, endingSoon, leasesAhead, type Pace } from '../../queue/core/pace.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import { settle, type Settlement } from '../../queue/core/settle.ts';
import { type Settled, settleLease } from '../../queue/settle-lease.ts';
import type { Lease } from '../../queue/start.ts';
import { eligibleSinceMs } from '../../queue/core/census.ts';
import { noTracing, type Tracing } from '../telemetry/tracing.ts';
import type { Deck } from './deck.ts';
import { failureIn, type PublishFailure } from './failure-events.ts';
import type { FollowUps } from './follow-ups.ts';
import { Leasing } from './leasing.ts';
import type { ReconcilerCaller } from '../rpc/reconciler-port.ts';
import { Probe } from './probe.ts';
import { type Ready, ReadyLeases } from './ready-leases.ts';
import { Run, type RunEnd } from './run.ts';
import type { DispatcherSettings } from './settings.ts';
import type { Tenure } from './tenure.ts';

/** A key leased ahead that has waited so long, because runs became longer, is given back for others to take. */
const LONGEST_READY_MS = 20_000;
/** Settles that may be outstanding for each slot before leasing waits for the store to catch up. */
const SETTLES_PER_SLOT = 4;

/**
 * The slots: leases keys, calls the reconciler, settles. A slot is a running `Process` call: it is free the moment the call is
 * answered, settling goes on behind it, and while runs are short against the store's latency the next keys are leased ahead.
 */
export class Runs {
  /** Generations of dead letters as the last sweep saw them. */
  deadLetters: ReadonlyMap<Key, string> = new Map();
  readonly #context: QueueContext;
  readonly #settings: DispatcherSettings;
  readonly #reconciler: ReconcilerCaller;
  readonly #deck: Deck;
  readonly #followUps: FollowUps;
  readonly #publishFailure: PublishFailure;
  readonly #survivors: () => number;
  readonly #tracing: Tracing;
  readonly #share: number;
  readonly #changed: () => void;
  readonly #running = new Map<Key, Run>();
  readonly #slots = new Set<Run>();
  readonly #ready = new ReadyLeases();
  readonly #probe = new Probe();
  readonly #leasing: Leasing;
  #settling = 0;
  #pace: Pace = {};
  /** Monotonic ms from which on leases are to be taken ahead for runs that are about to end. */
  aheadAtMs: number | undefined;
  #tenure: Tenure | undefined;
  #open = false;

  constructor(parts: {
    context: QueueContext;
    settings: DispatcherSettings;
    reconciler: ReconcilerCaller;
    deck: Deck;
    followUps: FollowUps;
    publishFailure: PublishFailure;
    /** Slots that stay empty: of what a lost instance of this region left behind. */
    survivors: () => number;
    share: number;
    tracing?: Tracing | undefined;
    /** Called whenever there may be something to do. */
    changed: () => void;
  }) {
    this.#context = parts.context;
    this.#settings = parts.settings;
    this.#reconciler = parts.reconciler;
    this.#deck = parts.deck;
    this.#leasing = new Leasing(parts.context, parts.deck);
    this.#followUps = parts.followUps;
    this.#publishFailure = parts.publishFailure;
    this.#survivors = parts.survivors;
    this.#tracing = parts.tracing ?? noTracing;
    this.#share = parts.share;
    this.#changed = parts.changed;
  }

  /** Slots of this region. */
  get share(): number {
    return this.#share;
  }

  /** `Process` calls under way. */
  get running(): number {
    return this.#slots.size;
  }

  /** Monotonic ms at which the reconciler is to be probed; `undefined` while it is up. */
  get probeAtMs(): number | undefined {
    return this.#probe.dueMs;
  }

  /** Monotonic ms until which nothing is leased, since the bucket refuses for rate. */
  get restUntilMs(): number {
    return this.#leasing.restUntilMs;
  }

  /** Keys that this tenure has leased, with the generation of each lease. */
  leases(): Map<Key, string> {
    const leases = new Map<Key, string>();
    for (const { lease } of this.#ready) leases.set(lease.key, lease.generation);
    for (const run of this.#running.values()) leases.set(run.lease.key, run.lease.generation);
    return leases;
  }

  /** Begins to start keys, under a lock that was acquired. */
  open(tenure: Tenure): void {
    this.#tenure = tenure;
    this.#open = true;
  }

  /** Starts nothing more, and gives back what was leased ahead. What runs goes on. */
  shut(): void {
    this.#open = false;
    this.#giveBack(() => true);
  }

  /** Fills the slots, and leases ahead of them. Cheap when there is nothing to do. */
  pump(): void {
    const tenure = this.#tenure;
    if (!this.#open || !tenure?.holds()) return;
    const { clock } = this.#context;
    const nowMs = clock.monotonic();
    if (this.#giveBack((ready) => nowMs - ready.sinceMs > LONGEST_READY_MS)) {
      // Nothing has ended for so long: runs are longer than the average of those that did says.
      const longMs = Math.max(LONGEST_READY_MS, 100 * (this.#leasing.averageMs ?? 0));
      this.#pace = { ...this.#pace, runMs: Math.max(this.#pace.runMs ?? 0, longMs) };
    }
    if (this.#probe.down) return this.#tryReconciler(tenure);
    this.#fillSlots(tenure);
    const behind = this.#settling >= this.#share * SETTLES_PER_SLOT + 16;
    const wanted = this.#slotCount + (behind ? 0 : this.#ahead(nowMs));
    while (this.#slots.size + this.#leasing.underWay + this.#ready.size < wanted && this.#leasing.mayLease(nowMs)) {
      const candidate = this.#deck.waiting.take(clock.now());
      if (!candidate) break;
      void this.#lease(candidate, tenure);
    }
  }

  #ahead(nowMs: number): number {
    const slots = this.#slotCount;
    const pace = { ...this.#pace, leaseMs: this.#leasing.averageMs };
    const ending = endingSoon(beginnings(this.#slots), slots, pace, nowMs);
    this.aheadAtMs = ending.nextAtMs;
    return Math.max(leasesAhead(slots, pace), ending.runs);
  }

  get #slotCount(): number {
    return Math.max(0, this.#share - this.#survivors());
  }

  #fillSlots(tenure: Tenure): void {
    while (this.#slots.size < this.#slotCount) {
      const ready = this.#ready.next();
      if (!ready) return;
      this.#run(ready, tenure);
    }
  }

  /** While the reconciler is down: one key at a time. The others that were leased wait no longer. */
  #tryReconciler(tenure: Tenure): void {
    const { clock } = this.#context;
    this.#giveBack((ready) => !this.#probe.isTrying(ready.lease.key));
    this.#fillSlots(tenure);
    if (this.#slots.size >= this.#slotCount) return;
    const candidate = this.#probe.next(this.#deck.waiting, clock.now(), clock.monotonic());
    if (candidate) void this.#lease(candidate, tenure);
  }

  /** The lease of this key is another's: its run is told, and settles nothing. */
  lose(key: Key): void {
    this.#running.get(key)?.abort('lost');
    if (!this.#ready.remove(key)) return;
    this.#context.journal.write('key.lost', { key });
    this.#end(key);
  }

  /** The lock is lost: all leases are, and will be recovered by whoever holds it next. */
  loseAll(): void {
    this.#open = false;
    for (const key of this.leases().keys()) this.lose(key);
  }

  /** Cancels what still runs and gives its attempts back. */
  interruptAll(): void {
    for (const run of this.#running.values()) run.abort('interrupted');
  }

  async #lease(candidate: Candidate, tenure: Tenure): Promise<void> {
    const { key } = candidate;
    this.#deck.begin(key, 'leasing');
    const lease = await this.#leasing.lease(candidate, tenure);
    if (lease) {
      this.#deck.begin(key, 'ready');
      const deadLetter = this.deadLetters.get(key);
      this.#ready.add({ lease: { ...lease, deadLetter }, sinceMs: this.#context.clock.monotonic() });
      if (!this.#open) this.shut();
    } else {
      this.#end(key);
    }
    this.#changed();
  }

  /** Decides, settles, and offers what is queued again as a candidate: nobody else has to say so. */
  async #settleLease(
    lease: Lease,
    outcome: Outcome,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly settlement: Settlement; readonly settled: Settled }> {
    const { clock, random, journal } = this.#context;
    const { key, generation, deadLetter, entry } = lease;
    const settlement = settle(outcome, entry, clock.now(), this.#settings.retry, random.unit());
    const held = { key, pin: { generation }, deadLetter, redriveOf: entry.redriveOf };
    let settled: Settled = { kind: 'abandoned' };
    try {
      settled = await settleLease(this.#context, held, settlement, signal);
    } catch (error) {
      journal.write('store.failed', { operation: 'settle', key, error: String(error) });
    }
    if (settled.kind === 'settled' && settled.queued) this.#deck.offerReturned(this.#context, key, settled.queued);
    return { settlement, settled };
  }

  #run({ lease }: Ready, tenure: Tenure): void {
    const { key, entry, waited } = lease;
    const first = waited.lastAttemptedSeconds === undefined;
    const span = this.#tracing.attempt({
      key,
      queue: this.#settings.queue,
      attempt: entry.attempts,
      traceparent: entry.traceparent,
      first,
    });
    const wait = { sinceMs: eligibleSinceMs(waited), redriven: first && entry.redriveOf !== undefined };
    const run = new Run(this.#context, this.#settings, this.#reconciler, lease, wait, span);
    this.#deck.begin(key, 'running');
    this.#running.set(key, run);
    this.#slots.add(run);
    void this.#finish(run, tenure);
  }

  async #finish(run: Run, tenure: Tenure): Promise<void> {
    const { key } = run.lease;
    const answer = await run.call().catch((error: unknown): RunEnd => {
      // A caller never rejects; one that does all the same must not take the slot, or the process, with it.
      this.#context.journal.write('internal.error', { operation: 'call', key, error: String(error) });
      return { kind: 'answered', outcome: { kind: 'failed', error: String(error) }, started: true, runMs: 0 };
    });
    this.#slots.delete(run);
    if (answer.kind === 'answered') {
      this.#heed(key, answer.started);
      if (answer.started) this.#pace = afterRun(this.#pace, answer.runMs);
    }
    this.#settling++;
    this.#deck.begin(key, 'settling');
    // The slot is free: its next key does not wait for this one's settling, nor for whatever else has happened to be looked at.
    if (this.#open && tenure.holds() && !this.#probe.down) this.#fillSlots(tenure);
    this.#changed();
    try {
      if (answer.kind === 'lost') {
        run.tellLost();
      } else {
        const outcome: Outcome = answer.kind === 'interrupted' ? { kind: 'interrupted', delayMs: 0 } : answer.outcome;
        await this.#settle(run, outcome, tenure.signal);
      }
    } finally {
      run.close();
      this.#running.delete(key);
      this.#settling--;
      this.#end(key);
      this.#changed();
    }
  }

  #heed(key: Key, started: boolean): void {
    const turned = this.#probe.learn(key, started, this.#context.clock.monotonic());
    if (turned) this.#context.journal.write(`reconciler.${turned}`);
  }

  async #settle(run: Run, outcome: Outcome, signal: AbortSignal): Promise<void> {
    if (outcome.kind === 'enqueue' && !(await this.#followUps.queue(outcome.keys, signal))) return;
    const { settlement, settled } = await this.#settleLease(run.lease, outcome, signal);
    const failure = failureIn(run.tell(outcome, settlement, settled));
    if (failure) void this.#publishFailure(failure);
  }

  /** Says whether there were any. */
  #giveBack(which: (ready: Ready) => boolean): boolean {
    const given = this.#ready.take(which);
    for (const { lease } of given) void this.#return(lease);
    return given.length > 0;
  }

  async #return(lease: Lease): Promise<void> {
    this.#settling++;
    this.#deck.begin(lease.key, 'settling');
    await this.#settleLease(lease, { kind: 'interrupted', delayMs: 0 }, this.#tenure?.signal);
    this.#settling--;
    this.#end(lease.key);
    this.#changed();
  }

  #end(key: Key): void {
    this.#probe.end(key);
    this.#deck.end(key, this.#context.clock.now());
  }
}

function* beginnings(runs: Iterable<Run>): Generator<number, void, undefined> {
  for (const run of runs) yield run.beganMs;
}
