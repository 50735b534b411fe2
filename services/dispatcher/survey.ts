import type { Census } from '../../queue/core/census.ts';
import type { Key } from '../../queue/core/key.ts';
import { ownerOf } from '../../queue/core/lease.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import { isPaused } from '../../queue/core/pause.ts';
import type { QueueContext } from '../../queue/context.ts';
import { type LockObject, lockOf } from '../../queue/recover.ts';
import { asError } from '../../queue/errors.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';
import type { Deck } from './deck.ts';
import type { Guard } from './guard.ts';
import type { Sweeper } from './sweep.ts';
import { SweptCensus } from './swept-census.ts';
import type { SeenLease, SweptPage } from './swept-page.ts';

/** The next sweep waits for so many times what the last one took, so that a deep queue is not listed all the time. */
const SPACING = 2;
/** And at least so long. */
const LEAST_SPACING_MS = 1_000;
/** Dead letters whose generation is remembered. Those beyond stay until they are dropped or redriven. */
const MOST_DEAD = 100_000;

/**
 * What the sweeps have found, and when the next is due. Sweeps run in the background, one at a time; keys found are offered while
 * the listing is still under way.
 */
export class Survey {
  readonly #context: QueueContext;
  readonly #sweeper: Sweeper;
  readonly #deck: Deck;
  readonly #guard: Guard;
  readonly #changed: () => void;
  readonly #instance: string;
  readonly #tellCensus: ((census: Census) => void) | undefined;
  #sweeping: Promise<void> | undefined;
  #endedMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #wanted = false;
  /** The last sweep failed; thrown once to whoever asks. */
  #error: Error | undefined;
  /** As the last listing saw them. */
  paused = false;
  orphansSeen = false;
  /** The locks, seen live, of others who hold leases. */
  holders: LockObject[] = [];
  deadLetters: ReadonlyMap<Key, string> = new Map();

  constructor(parts: {
    context: QueueContext;
    sweeper: Sweeper;
    deck: Deck;
    guard: Guard;
    /** Of this process, as its locks name it. */
    instance: string;
    changed: () => void;
    /** Takes what each complete sweep has counted; absent = nothing is counted. */
    census?: ((census: Census) => void) | undefined;
  }) {
    this.#tellCensus = parts.census;
    this.#instance = parts.instance;
    this.#context = parts.context;
    this.#sweeper = parts.sweeper;
    this.#deck = parts.deck;
    this.#guard = parts.guard;
    this.#changed = parts.changed;
  }

  get sweeping(): boolean {
    return this.#sweeping !== undefined;
  }

  /** Asks for a sweep, as soon as the spacing allows. */
  want(): void {
    this.#wanted = true;
  }

  /** Whether a sweep is under way or still to come. */
  get pending(): boolean {
    return this.#wanted || this.sweeping;
  }

  /** Milliseconds until a wanted sweep may begin; `undefined` when none is wanted. */
  dueInMs(): number | undefined {
    if (!this.#wanted || this.sweeping) return undefined;
    const spacingMs = Math.max(LEAST_SPACING_MS, SPACING * this.#tookMs);
    return Math.max(0, this.#endedMs + spacingMs - this.#context.clock.monotonic());
  }

  /** Begins the wanted sweep if it is due, or at once if nothing is known yet. */
  sweepIfWanted(atOnce: 'at once' | 'when due'): void {
    if (!this.#wanted || this.sweeping || (atOnce === 'when due' && this.dueInMs() !== 0)) return;
    this.#wanted = false;
    this.#sweeping = this.#sweep();
  }

  /** The error of the last sweep, once. */
  takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  async #sweep(): Promise<void> {
    const { clock, journal } = this.#context;
    const beganMs = clock.monotonic();
    const locks = new Map<string, LockObject>();
    const leases: SeenLease[] = [];
    const dead = new Map<Key, string>();
    let listed = 0;
    let paused = false;
    this.#deck.waiting.expectAll();
    this.#error = undefined;
    const count = this.#tellCensus && new SweptCensus(clock.now());
    const onPage = (page: SweptPage, objects: readonly StoredObject[]) => {
      const nowMs = clock.now();
      count?.add(objects);
      listed += page.waiting.length + page.leases.length + page.deadLetters.size;
      for (const candidate of page.waiting) this.#deck.offer(candidate, nowMs);
      for (const lock of page.locks) locks.set(lock.name.slice(PREFIX.dispatchers.length), lockOf(lock));
      for (const [key, generation] of page.deadLetters) if (dead.size < MOST_DEAD) dead.set(key, generation);
      leases.push(...page.leases);
      if (page.pause) paused = isPaused(page.pause.metadata, nowMs);
      this.#changed();
    };
    try {
      await this.#sweeper.sweep(onPage, () => count?.leasesKnown());
      this.deadLetters = dead;
      this.paused = paused;
      this.orphansSeen = this.#guard.seemsOrphaned(leases, locks);
      const owners = new Set(leases.map(({ entry }) => entry.owner));
      this.holders = [...locks]
        .filter(([region, lock]) => lock.instance !== this.#instance && owners.has(ownerOf(region, lock.generation)))
        .map(([, lock]) => lock);
      if (count) this.#tellCensus?.(count.census());
      journal.write('sweep.done', { listed, tookMs: Math.round(clock.monotonic() - beganMs) });
    } catch (error) {
      this.#error = asError(error);
      this.#wanted = true;
      journal.write('store.failed', { operation: 'sweep', error: String(error) });
    } finally {
      this.#endedMs = clock.monotonic();
      this.#tookMs = this.#endedMs - beganMs;
      this.#sweeping = undefined;
      this.#changed();
    }
  }
}
