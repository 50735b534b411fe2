import type { QueueContext } from '../../queue/context.ts';
import { ownerOf } from '../../queue/core/lease.ts';
import { sleep } from '../../queue/ports/clock.ts';
import type { RegionLock } from '../../queue/region-lock.ts';
import type { Guard, Holder } from './guard.ts';
import type { Runs } from './runs.ts';
import type { DispatcherSettings } from './settings.ts';
import type { Sweeper } from './sweep.ts';
import type { Tenure } from './tenure.ts';

/**
 * The watch: one period of holding the region's lock, from its acquisition to its release or loss. Every `watchMs` it refreshes
 * the lock and looks at the leases and the pause in the bucket.
 */
export class Watch implements Tenure {
  readonly owner: string;
  /** Another instance asks for the lock. */
  wanted = false;
  /** As last read; what cannot be read stays as it was. */
  paused = false;
  /** Nothing may start before: orphans of the region may be waiting to be recovered. */
  prepared = false;
  /** What ends the tenure early: aborted when the lock is lost. */
  readonly #lost = new AbortController();
  readonly #context: QueueContext;
  readonly #settings: DispatcherSettings;
  readonly #lock: RegionLock;
  readonly #generation: string;
  readonly #runs: Runs;
  readonly #guard: Guard;
  readonly #sweeper: Sweeper;
  readonly #changed: () => void;
  #nextMs: number;
  #heeded: string | undefined;
  #refreshing = false;
  #looking = false;

  constructor(parts: {
    context: QueueContext;
    settings: DispatcherSettings;
    lock: RegionLock;
    generation: string;
    runs: Runs;
    guard: Guard;
    sweeper: Sweeper;
    changed: () => void;
  }) {
    this.#context = parts.context;
    this.#settings = parts.settings;
    this.#lock = parts.lock;
    this.#generation = parts.generation;
    this.#runs = parts.runs;
    this.#guard = parts.guard;
    this.#sweeper = parts.sweeper;
    this.#changed = parts.changed;
    this.owner = ownerOf(parts.settings.region, parts.generation);
    this.#nextMs = parts.context.clock.monotonic() + parts.settings.watchMs;
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  readonly holds = (): boolean => this.#lock.generation === this.#generation && this.#lock.holds;

  /** Milliseconds until something has to be done: the next watch, or the end of trust in the lock. */
  dueInMs(): number {
    return Math.max(0, Math.min(this.#nextMs - this.#context.clock.monotonic(), this.#lock.remainingMs));
  }

  /**
   * Before the first start: reads the pause and recovers the region's orphans, waiting for one watch period at most; those that
   * take longer keep slots empty. Throws `QueueError` `unavailable` if the bucket does not answer.
   */
  async prepare(): Promise<void> {
    const { clock } = this.#context;
    const [leases, paused] = await Promise.all([this.#sweeper.leases(), this.#sweeper.paused()]);
    this.#setPaused(paused);
    const { recovered } = await this.#guard.recoverOrphans(leases, this.#holder);
    const enough = new AbortController();
    await Promise.race([recovered, sleep(clock, this.#settings.watchMs, enough.signal)]);
    enough.abort();
    this.prepared = true;
    this.#changed();
  }

  /** Watches if it is time to, in the background. What takes long, the look, never holds up the refresh. */
  watchIfDue(): void {
    if (this.#context.clock.monotonic() < this.#nextMs) return;
    this.#nextMs = this.#context.clock.monotonic() + this.#settings.watchMs;
    void this.#refresh();
    if (this.prepared) void this.#look();
  }

  /** Whether another instance has, since last asked, asked for a sweep: it got a hint, but does not hold the lock. */
  takeNudge(): boolean {
    const nudge = this.#lock.nudge;
    const nudged = nudge !== undefined && nudge !== this.#heeded;
    this.#heeded = nudge;
    return nudged;
  }

  /** The tenure is over: requests that are still under way are given up. */
  end(): void {
    this.#lost.abort();
  }

  /** The lock is not to be believed in any longer: all runs abort. */
  lose(): void {
    if (this.#lost.signal.aborted) return;
    this.#context.journal.write('lock.lost', { region: this.#settings.region });
    this.#lost.abort();
    this.#runs.loseAll();
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      const refreshed = await this.#lock.refresh();
      if (refreshed === 'lost') this.lose();
      if (refreshed === 'wanted') this.wanted = true;
    } catch (error) {
      this.#context.journal.write('store.failed', { operation: 'refresh', error: String(error) });
    }
    this.#refreshing = false;
    this.#changed();
  }

  /** One look at `in-progress/` and the pause: finds leases of ours that are gone, and those that nobody holds. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const before = this.#runs.leases();
    try {
      const [leases, paused] = await Promise.all([this.#sweeper.leases(), this.#sweeper.paused()]);
      this.#setPaused(paused);
      const seen = new Map(leases.map(({ key, object }) => [key, object.generation]));
      const now = this.#runs.leases();
      for (const [key, generation] of before) {
        if (seen.get(key) !== generation && now.get(key) === generation) this.#runs.lose(key);
      }
      await this.#guard.recoverOrphans(leases, this.#holder);
    } catch (error) {
      this.#context.journal.write('store.failed', { operation: 'watch', error: String(error) });
    }
    this.#looking = false;
    this.#changed();
  }

  get #holder(): Holder {
    return { lockGeneration: this.#generation, signal: this.signal };
  }

  #setPaused(paused: boolean): void {
    if (paused !== this.paused) this.#context.journal.write(paused ? 'queue.paused' : 'queue.resumed');
    this.paused = paused;
  }
}
