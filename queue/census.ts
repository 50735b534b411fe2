import { type Census, CensusCount, type Counted } from './core/census.ts';
import { PREFIX } from './core/layout.ts';
import { pagesOf, RangedListing } from './list-ranges.ts';
import type { Clock } from './ports/clock.ts';
import type { ObjectStore, StoredObject } from './ports/object-store.ts';

/**
 * Counts what lies in a bucket by listing it: three listings, a thousand objects a request, and no request a key. Taken again by the
 * same taker, deep queues are listed in ranges side by side.
 */
export class CensusTaker {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #queued: RangedListing;
  readonly #letters: RangedListing;

  constructor(ports: { readonly store: ObjectStore; readonly clock: Clock }) {
    this.#store = ports.store;
    this.#clock = ports.clock;
    this.#queued = new RangedListing(ports.store, PREFIX.queued);
    this.#letters = new RangedListing(ports.store, PREFIX.deadLetter);
  }

  /**
   * Each key's entry is handed to `onCounted` as it is counted. While keys move, one may be met twice or, between the listing of the
   * leases and that of the queue, not at all; nothing is counted twice within one state. Throws `QueueError` `unavailable`.
   */
  async take(onCounted: (counted: Counted) => void = () => {}): Promise<Census> {
    const count = new CensusCount(this.#clock.now());
    const add = (objects: readonly StoredObject[]) => {
      for (const object of objects) {
        const counted = count.add(object);
        if (counted) onCounted(counted);
      }
    };
    const leasesFirst = async () => {
      // Locks sort right before leases: one listing meets both.
      const query = { startOffset: PREFIX.dispatchers, endOffset: PREFIX.queued };
      for await (const objects of pagesOf(this.#store, query)) add(objects);
      await this.#queued.list(add);
    };
    const control = async () => {
      for await (const objects of pagesOf(this.#store, { prefix: PREFIX.control })) add(objects);
    };
    await Promise.all([leasesFirst(), control(), this.#letters.list(add)]);
    return count.census();
  }
}
