import type { Census } from '../../queue/core/census.ts';
import { mayBeLeftOut } from '../../queue/core/candidates.ts';
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
import type { Extent, Sweeper } from './sweep.ts';
import { SweptCensus } from './swept-census.ts';
import type { SeenLease, SweptPage } from './swept-page.ts';

/** The next sweep waits for so many times what the last one took, so that a deep queue is not listed all the time. */
const SPACING = 2;
/** And at least so long. */
const LEAST_SPACING_MS = 1_000;
/** A queue that does not fit a page is listed as a whole after so many ticks as that takes pages: one more request a tick. */
const TICK_MS = 60_000;
/** Dead letters whose generation is remembered. Those beyond stay until they are dropped or redriven. */
const MOST_DEAD = 100_000;

/**
 * What the sweeps have found, and when the next is due. Sweeps run in the background, one at a time; keys found are offered while
 * the listing is still under way.
 *
 * Not every tick lists everything: a queue that holds many keys for later would cost a request a thousand of them every minute.
 * This process remembers them, with their times, and hints tell of new ones; so a tick lists the leases, and whatever waits in the
 * same page, and all of the queue only after some time. That bounds the wait of a key whose hint was lost, or that came without one.
 * Once such a key is met, each tick lists everything, until there was none.
 */
export class Survey {
  readonly #context: QueueContext;
  readonly #sweeper: Sweeper;
  readonly #deck: Deck;
  readonly #guard: Guard;
  readonly #changed: () => void;
  readonly #instance: string;
  readonly #fullEveryMs: number;
  readonly #tellCensus: ((census: Census, extent: Extent) => void) | undefined;
  #sweeping: Promise<void> | undefined;
  #endedMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #wanted: Extent | undefined;
  /** When all was last known, and how many pages that took. */
  #knownMs = Number.NEGATIVE_INFINITY;
  #pages = 0;
  /** Keys were met that no hint had told of, though they could have been started. */
  #unhinted = false;
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
    /** The longest that a tick goes without a full sweep. */
    fullEveryMs: number;
    changed: () => void;
    /** Takes what each sweep has counted; of `leases`, what waits or is dead was not counted whole. Absent = nothing is counted. */
    census?: ((census: Census, extent: Extent) => void) | undefined;
  }) {
    this.#fullEveryMs = parts.fullEveryMs;
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

  /** Asks for a sweep of all there is, as soon as the spacing allows. */
  want(): void {
    this.#wanted = 'all';
  }

  /** A tick: asks for a sweep of what may have changed without a word. */
  tick(): void {
    this.#wanted ??= 'leases';
  }

  /** What was known of the waiting keys is not known any more. */
  forget(): void {
    this.#deck.waiting.clear();
    this.#knownMs = Number.NEGATIVE_INFINITY;
  }

  /** Whether a sweep is under way or still to come. */
  get pending(): boolean {
    return this.#wanted !== undefined || this.sweeping;
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
    const extent = this.#isOutdated() ? 'all' : this.#wanted;
    this.#wanted = undefined;
    this.#sweeping = this.#sweep(extent);
  }

  /** It is time to list everything again: for some were left out for want of room, or may have come without a word. */
  #isOutdated(): boolean {
    const spacingMs = Math.min(this.#fullEveryMs, this.#pages * TICK_MS);
    const sinceMs = this.#context.clock.monotonic() - this.#knownMs;
    return this.#unhinted || sinceMs >= spacingMs || this.#deck.waiting.isLow(Number.POSITIVE_INFINITY);
  }

  /** The error of the last sweep, once. */
  takeError(): Error | undefined {
    const error = this.#error;
    this.#error = undefined;
    return error;
  }

  async #sweep(extent: Extent): Promise<void> {
    const { clock, journal } = this.#context;
    const beganMs = clock.monotonic();
    const locks = new Map<string, LockObject>();
    const leases: SeenLease[] = [];
    const dead = new Map<Key, string>();
    let listed = 0;
    let pages = 0;
    let paused = false;
    let strangers = false;
    // What a process finds first, nobody has had occasion to tell it.
    const informed = this.#knownMs > Number.NEGATIVE_INFINITY;
    const { room } = this.#deck.waiting;
    if (extent === 'all') this.#deck.waiting.expectAll();
    this.#error = undefined;
    const count = this.#tellCensus && new SweptCensus(clock.now());
    const onPage = (page: SweptPage, objects: readonly StoredObject[]) => {
      const nowMs = clock.now();
      pages++;
      count?.add(objects);
      listed += page.waiting.length + page.leases.length + page.deadLetters.size;
      for (const candidate of page.waiting) {
        strangers ||= informed && this.#deck.isStranger(candidate, nowMs) && !mayBeLeftOut(candidate, room);
        this.#deck.offer(candidate, nowMs);
      }
      for (const lock of page.locks) locks.set(lock.name.slice(PREFIX.dispatchers.length), lockOf(lock));
      for (const [key, generation] of page.deadLetters) if (dead.size < MOST_DEAD) dead.set(key, generation);
      leases.push(...page.leases);
      if (page.pause) paused = isPaused(page.pause.metadata, nowMs);
      this.#changed();
    };
    try {
      const whole = await this.#sweeper.sweep(extent, onPage, () => count?.leasesKnown());
      this.deadLetters = whole ? dead : withMore(this.deadLetters, dead);
      this.paused = paused;
      this.orphansSeen = this.#guard.seemsOrphaned(leases, locks);
      const owners = new Set(leases.map(({ entry }) => entry.owner));
      this.holders = [...locks]
        .filter(([region, lock]) => lock.instance !== this.#instance && owners.has(ownerOf(region, lock.generation)))
        .map(([, lock]) => lock);
      this.#tookMs = clock.monotonic() - beganMs;
      if (count) this.#tellCensus?.(count.census(), whole ? 'all' : extent);
      journal.write('sweep.done', { extent: whole ? 'all' : extent, listed, tookMs: Math.round(this.#tookMs) });
      this.#unhinted = strangers;
      if (strangers && !whole) this.want();
      if (whole) {
        this.#knownMs = beganMs;
        this.#pages = pages;
      }
    } catch (error) {
      this.#error = asError(error);
      this.#tookMs = clock.monotonic() - beganMs;
      if (this.#wanted !== 'all') this.#wanted = extent;
      journal.write('store.failed', { operation: 'sweep', error: String(error) });
    } finally {
      this.#endedMs = clock.monotonic();
      this.#sweeping = undefined;
      this.#changed();
    }
  }
}

/** The letters known, and those of a listing that did not show all. */
function withMore(known: ReadonlyMap<Key, string>, seen: ReadonlyMap<Key, string>): ReadonlyMap<Key, string> {
  if (seen.size === 0 || known.size >= MOST_DEAD) return known;
  return new Map([...known, ...seen]);
}
