import type { Key } from '../../queue/core/key.ts';
import type { Lease } from '../../queue/start.ts';

/** A key leased ahead of the slots. */
export interface Ready {
  readonly lease: Lease;
  /** Monotonic ms. */
  readonly sinceMs: number;
}

/** Keys leased ahead, in the order of starts: an urgent one overtakes those leased before it. */
export class ReadyLeases {
  #leases: Ready[] = [];

  get size(): number {
    return this.#leases.length;
  }

  [Symbol.iterator](): IterableIterator<Ready> {
    return this.#leases.values();
  }

  add(ready: Ready): void {
    let at = this.#leases.length;
    const { priority } = ready.lease.entry;
    while (at > 0 && (this.#leases[at - 1] as Ready).lease.entry.priority < priority) at--;
    this.#leases.splice(at, 0, ready);
  }

  /** Takes out the next to start. */
  next(): Ready | undefined {
    return this.#leases.shift();
  }

  /** Takes out all that pass. */
  take(which: (ready: Ready) => boolean): readonly Ready[] {
    const taken = this.#leases.filter(which);
    if (taken.length > 0) this.#leases = this.#leases.filter((ready) => !taken.includes(ready));
    return taken;
  }

  remove(key: Key): boolean {
    return this.take(({ lease }) => lease.key === key).length > 0;
  }
}
