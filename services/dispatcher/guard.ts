import type { QueueContext } from '../../queue/context.ts';
import type { Entry } from '../../queue/core/entry.ts';
import type { Key } from '../../queue/core/key.ts';
import { lockName } from '../../queue/core/layout.ts';
import { parseOwner } from '../../queue/core/lease.ts';
import { judgeHolding, type SeenLock } from '../../queue/core/orphan.ts';
import { lockOf, recover } from '../../queue/recover.ts';
import type { Settlement } from '../../queue/core/settle.ts';
import type { PublishFailure } from './failure-events.ts';
import type { Deck } from './deck.ts';
import type { SeenLease } from './swept-page.ts';
import type { DispatcherSettings } from './settings.ts';

/** Leases recovered at once. */
const AT_ONCE = 32;

/** The lock this process works under, as recovery has to know it. */
export interface Holder {
  readonly lockGeneration: string;
  readonly signal: AbortSignal;
}

/** Finds leases that nobody holds any more, and gives their keys back to the queue. */
export class Guard {
  readonly #context: QueueContext;
  readonly #settings: DispatcherSettings;
  readonly #deck: Deck;
  readonly #publishFailure: PublishFailure;
  readonly #changed: () => void;
  #survivors = new Set<Key>();

  constructor(parts: {
    context: QueueContext;
    settings: DispatcherSettings;
    deck: Deck;
    publishFailure: PublishFailure;
    changed: () => void;
  }) {
    this.#context = parts.context;
    this.#settings = parts.settings;
    this.#deck = parts.deck;
    this.#publishFailure = parts.publishFailure;
    this.#changed = parts.changed;
  }

  /** Orphans of this region that are not recovered yet: each keeps a slot empty. */
  get survivors(): number {
    return this.#survivors.size;
  }

  /**
   * Recovers the orphans among the leases of a listing, all of `in-progress/`. The locks are read after it: a lock generation that
   * is gone by then is gone for good. Throws `QueueError` `unavailable` when the locks cannot be read.
   *
   * Resolves when it is known which are orphans; `recovered` ends when those of this region are back in the queue, or were given
   * up until the next listing.
   */
  async recoverOrphans(leases: readonly SeenLease[], holder: Holder): Promise<{ readonly recovered: Promise<void> }> {
    const strangers = leases.filter(({ key }) => !this.#deck.isBusy(key));
    const locks = await this.#readLocks(strangers, holder);
    const nowMs = this.#context.clock.now();
    const orphans = strangers.filter(({ entry }) => {
      const owner = ownerIn(entry);
      // Ours by owner, but nothing this process knows of: written by a request that was given up.
      if (this.#isOwn(owner) && owner?.generation === holder.lockGeneration) return true;
      return judgeHolding(entry, owner && locks.get(owner.region), nowMs, this.#settings.lock) !== 'held';
    });
    const own = orphans.filter(({ entry }) => this.#isOwn(ownerIn(entry)));
    const underWay = [...this.#survivors].filter((key) => this.#deck.isBusy(key));
    this.#survivors = new Set([...underWay, ...own.map(({ key }) => key)]);
    void this.#recoverAll(
      orphans.filter((orphan) => !own.includes(orphan)),
      holder,
    );
    return { recovered: this.#recoverAll(own, holder) };
  }

  /** Whether a page seen without holding a lock shows leases that seem orphaned: reason enough to acquire it. */
  seemsOrphaned(leases: readonly SeenLease[], locks: ReadonlyMap<string, SeenLock>): boolean {
    const nowMs = this.#context.clock.now();
    return leases.some(({ entry }) => {
      const owner = ownerIn(entry);
      return judgeHolding(entry, owner && locks.get(owner.region), nowMs, this.#settings.lock) !== 'held';
    });
  }

  #isOwn(owner: ReturnType<typeof ownerIn>): boolean {
    return owner?.region === this.#settings.region;
  }

  async #recoverAll(orphans: SeenLease[], holder: Holder): Promise<void> {
    const left = [...orphans];
    const worker = async () => {
      for (let orphan = left.shift(); orphan && !holder.signal.aborted; orphan = left.shift()) {
        await this.#recover(orphan.key, holder);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, worker));
  }

  async #recover(key: Key, holder: Holder): Promise<void> {
    if (this.#deck.isBusy(key)) return;
    this.#deck.begin(key, 'recovering');
    const { clock, journal } = this.#context;
    try {
      const recovered = await recover(
        this.#context,
        key,
        {
          region: this.#settings.region,
          lockGeneration: holder.lockGeneration,
          policy: this.#settings.retry,
          lock: this.#settings.lock,
        },
        holder.signal,
      );
      if (recovered.kind !== 'abandoned') this.#survivors.delete(key);
      if (recovered.kind === 'settled') {
        journal.write('key.recovered', { key });
        this.#tellOfDeath(key, recovered.settlement);
        if (recovered.queued) this.#deck.offerReturned(this.#context, key, recovered.queued);
      }
    } catch (error) {
      journal.write('store.failed', { operation: 'recover', key, error: String(error) });
    } finally {
      this.#deck.end(key, clock.now());
      this.#changed();
    }
  }

  /** A key whose dispatchers were lost again and again may have spent its last attempt with the one before. */
  #tellOfDeath(key: Key, settlement: Settlement | undefined): void {
    if (settlement?.kind !== 'bury') return;
    const { attempts, firstQueuedMs, lastError: error = '' } = settlement.entry;
    const ageMs = firstQueuedMs === undefined ? undefined : Math.max(0, this.#context.clock.now() - firstQueuedMs);
    this.#context.journal.write('key.exhausted', { key, attempt: attempts, error, ageMs });
    void this.#publishFailure({ key, error, attempts, action: 'exhausted', ageMs });
  }

  async #readLocks(leases: readonly SeenLease[], holder: Holder): Promise<Map<string, SeenLock>> {
    const regions = new Set<string>();
    for (const { entry } of leases) {
      const owner = ownerIn(entry);
      if (owner && !(this.#isOwn(owner) && owner.generation === holder.lockGeneration)) regions.add(owner.region);
    }
    const locks = new Map<string, SeenLock>();
    await Promise.all(
      [...regions].map(async (region) => {
        const object = await this.#context.store.get(lockName(region));
        if (object) locks.set(region, lockOf(object));
      }),
    );
    return locks;
  }
}

function ownerIn(entry: Entry): ReturnType<typeof parseOwner> {
  return entry.owner === undefined ? undefined : parseOwner(entry.owner);
}
