import type { QueueContext } from '../../queue/context.ts';
import type { Key } from '../../queue/core/key.ts';
import { lockName } from '../../queue/core/layout.ts';
import { parseOwner } from '../../queue/core/lease.ts';
import { judgeHolding, type SeenLock } from '../../queue/core/orphan.ts';
import { lockOf, recover } from '../../queue/recover.ts';
import type { Deck } from './deck.ts';
import type { SeenLease } from './sweep.ts';
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
  readonly #changed: () => void;

  constructor(parts: { context: QueueContext; settings: DispatcherSettings; deck: Deck; changed: () => void }) {
    this.#context = parts.context;
    this.#settings = parts.settings;
    this.#deck = parts.deck;
    this.#changed = parts.changed;
  }

  /**
   * Recovers the orphans among the leases of a listing. The locks are read after it: a lock generation that is gone by then is
   * gone for good. Throws `QueueError` `unavailable` when some could not be looked at; they are met again by the next listing.
   */
  async recoverOrphans(leases: readonly SeenLease[], holder: Holder): Promise<void> {
    const strangers = leases.filter(({ key }) => !this.#deck.isBusy(key));
    const locks = await this.#readLocks(strangers, holder);
    const nowMs = this.#context.clock.now();
    const orphans = strangers.filter(({ entry }) => {
      const region = entry.owner === undefined ? undefined : parseOwner(entry.owner)?.region;
      // Ours by owner, but nothing this process knows of: written by a request that was given up.
      if (region === this.#settings.region && parseOwner(entry.owner ?? '')?.generation === holder.lockGeneration)
        return true;
      const lock = region === undefined ? undefined : locks.get(region);
      return judgeHolding(entry, lock, nowMs, this.#settings.lock) !== 'held';
    });
    const worker = async () => {
      for (let orphan = orphans.shift(); orphan; orphan = orphans.shift()) await this.#recover(orphan.key, holder);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, orphans.length) }, worker));
  }

  /** Whether a page seen without holding a lock shows leases that seem orphaned: reason enough to acquire it. */
  seemsOrphaned(leases: readonly SeenLease[], locks: ReadonlyMap<string, SeenLock>): boolean {
    const nowMs = this.#context.clock.now();
    return leases.some(({ entry }) => {
      const region = entry.owner === undefined ? undefined : parseOwner(entry.owner)?.region;
      const lock = region === undefined ? undefined : locks.get(region);
      return judgeHolding(entry, lock, nowMs, this.#settings.lock) !== 'held';
    });
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
      if (recovered.kind === 'settled') {
        journal.write('key.recovered', { key });
        if (recovered.queued) this.#deck.offerReturned(this.#context, key, recovered.queued);
      }
    } finally {
      this.#deck.end(key, clock.now());
      this.#changed();
    }
  }

  async #readLocks(leases: readonly SeenLease[], holder: Holder): Promise<Map<string, SeenLock>> {
    const regions = new Set<string>();
    for (const { entry } of leases) {
      const owner = entry.owner === undefined ? undefined : parseOwner(entry.owner);
      const own = owner?.region === this.#settings.region;
      if (owner && !(own && owner.generation === holder.lockGeneration)) regions.add(owner.region);
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
