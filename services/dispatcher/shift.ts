import { asError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Deck } from './deck.ts';
import type { Notifier } from './notifier.ts';
import type { Runs } from './runs.ts';
import type { DispatcherSettings } from './settings.ts';
import type { Survey } from './survey.ts';
import type { Watch } from './watch.ts';

/** Below so many candidates for each slot, a queue that did not fit into memory is swept again. */
const LOW_WATER = 4;
/** What settling gets after the runs of a drain were interrupted. */
const SETTLE_MS = 10_000;

/** Why a shift has ended: nothing left to do, the lock is lost, another instance wants it, or this one was told to stop. */
export type ShiftEnd = 'idle' | 'lost' | 'wanted' | 'stopped';

/** The work under one tenure of the lock: starts keys, sweeps and watches until there is a reason to end. */
export class Shift {
  readonly #clock: Clock;
  readonly #settings: DispatcherSettings;
  readonly #deck: Deck;
  readonly #survey: Survey;
  readonly #runs: Runs;
  readonly #notifier: Notifier;
  readonly #watch: Watch;
  readonly #stopByMs: () => number;
  #idleSinceMs: number | undefined;

  constructor(parts: {
    clock: Clock;
    settings: DispatcherSettings;
    deck: Deck;
    survey: Survey;
    runs: Runs;
    notifier: Notifier;
    watch: Watch;
    /** Monotonic ms by which runs are to have ended; infinite unless the instance was told to stop. */
    stopByMs: () => number;
  }) {
    this.#clock = parts.clock;
    this.#settings = parts.settings;
    this.#deck = parts.deck;
    this.#survey = parts.survey;
    this.#runs = parts.runs;
    this.#notifier = parts.notifier;
    this.#watch = parts.watch;
    this.#stopByMs = parts.stopByMs;
  }

  /** Prepares, then works. Throws `QueueError` `unavailable` if it cannot be prepared. */
  async work(): Promise<ShiftEnd> {
    const watch = this.#watch;
    let failure: Error | undefined;
    watch.prepare().catch((error: unknown) => {
      failure = asError(error);
      this.#notifier.notify();
    });
    this.#survey.orphansSeen = false;
    for (;;) {
      if (failure) throw failure;
      let end = this.#end();
      if (!end) {
        this.#step();
        end = this.#end();
      }
      if (end) {
        this.#survey.paused = watch.paused;
        return end;
      }
      await this.#notifier.wait(this.#nextMs());
    }
  }

  /** Starts nothing more, gives running keys `graceMs`, then cancels and requeues them. The lock is kept alive meanwhile. */
  async windDown(graceMs: number): Promise<void> {
    this.#runs.shut();
    const graceEndMs = this.#clock.monotonic() + graceMs;
    // A stop in the middle of a handover ends it sooner.
    await this.#until(() => Math.min(graceEndMs, this.#stopByMs()));
    this.#runs.interruptAll();
    const settleEndMs = this.#clock.monotonic() + SETTLE_MS;
    await this.#until(() => settleEndMs);
  }

  #end(): ShiftEnd | undefined {
    if (!this.#watch.holds()) return 'lost';
    if (this.#stopByMs() !== Number.POSITIVE_INFINITY) return 'stopped';
    if (this.#watch.wanted) return 'wanted';
    const { lingerMs } = this.#settings;
    const idleMs = this.#idleSinceMs === undefined ? -1 : this.#clock.monotonic() - this.#idleSinceMs;
    // Looked at anew after a wait: something may have come meanwhile.
    return idleMs >= lingerMs && this.#isIdle() ? 'idle' : undefined;
  }

  #step(): void {
    const watch = this.#watch;
    watch.watchIfDue();
    if (watch.takeNudge()) this.#survey.want();
    this.#runs.deadLetters = this.#survey.deadLetters;
    if (watch.paused || !watch.prepared) this.#runs.shut();
    else this.#runs.open(watch);
    this.#runs.pump();
    if (!this.#survey.sweeping && this.#deck.waiting.isLow(LOW_WATER * this.#runs.share)) this.#survey.want();
    this.#survey.sweepIfWanted('when due');
    this.#idleSinceMs = this.#isIdle() ? (this.#idleSinceMs ?? this.#clock.monotonic()) : undefined;
  }

  #isIdle(): boolean {
    if (!this.#watch.prepared || this.#deck.busy > 0 || this.#survey.pending) return false;
    return this.#watch.paused || !this.#deck.hasDue(this.#clock.now());
  }

  /** Milliseconds until something has to be done without anyone saying so. */
  #nextMs(): number {
    const nowMs = this.#clock.monotonic();
    const due = [this.#watch.dueInMs()];
    const nextMs = this.#deck.waiting.nextDueMs();
    // What is due already waits for a slot, and the end of a run is told.
    if (nextMs !== undefined && nextMs > this.#clock.now()) due.push(nextMs - this.#clock.now());
    const probeAtMs = this.#runs.probeAtMs;
    if (probeAtMs !== undefined && probeAtMs > nowMs) due.push(probeAtMs - nowMs);
    const aheadAtMs = this.#runs.aheadAtMs;
    if (aheadAtMs !== undefined && aheadAtMs > nowMs) due.push(aheadAtMs - nowMs);
    if (this.#runs.restUntilMs > nowMs) due.push(this.#runs.restUntilMs - nowMs);
    const sweepMs = this.#survey.dueInMs();
    if (sweepMs !== undefined) due.push(sweepMs);
    if (this.#idleSinceMs !== undefined) due.push(this.#idleSinceMs + this.#settings.lingerMs - nowMs);
    return Math.max(1, Math.min(...due));
  }

  /** Waits until nothing is in hand any more, the lock is lost, or `endMs` (monotonic). */
  async #until(endMs: () => number): Promise<void> {
    while (this.#deck.busy > 0 && this.#watch.holds() && this.#clock.monotonic() < endMs()) {
      this.#watch.watchIfDue();
      await this.#notifier.wait(Math.min(this.#watch.dueInMs(), endMs() - this.#clock.monotonic()));
    }
  }
}
