import { type Census, CensusCount } from '../../queue/core/census.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';

/**
 * A census from the pages of a sweep, without a request of its own. Waiting entries are kept back until all leases are known, which
 * takes a listing of the leases: only then is the twin of a running key told from a key that could start.
 */
export class SweptCensus {
  readonly #count: CensusCount;
  #early: StoredObject[] | undefined = [];
  /** The last object of the first page: the listings that go on from there begin with it once more. */
  #edge: string | undefined;

  constructor(nowMs: number) {
    this.#count = new CensusCount(nowMs);
  }

  add(objects: readonly StoredObject[]): void {
    for (const object of objects) {
      if (object.name === this.#edge) continue;
      if (this.#early && object.name.startsWith(PREFIX.queued)) this.#early.push(object);
      else this.#count.add(object);
    }
    this.#edge ??= objects.at(-1)?.name ?? '';
  }

  /** All leases have been added. */
  leasesKnown(): void {
    for (const object of this.#early ?? []) this.#count.add(object);
    this.#early = undefined;
  }

  census(): Census {
    this.leasesKnown();
    return this.#count.census();
  }
}
