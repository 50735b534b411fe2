import { CensusTaker } from '../../queue/census.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/** Several open pages share one look at the bucket. */
const LIVES_MS = 1_000;
/** A look at a deep queue takes long; the next is so many times as long after it, so that looking stays a small part of the work. */
const REST = 4;

export interface Look {
  /** The last one that succeeded. */
  readonly snapshot?: Snapshot | undefined;
  /** Why the bucket cannot be read now. */
  readonly problem?: string | undefined;
}

interface Taken extends Look {
  /** Monotonic ms. */
  goodUntilMs: number;
  taking?: Promise<void> | undefined;
}

/** What is looked for is what a person typed: few are looked for at once. */
const KEPT = 20;

/** Looks at the bucket, not more often than is good for it. While it cannot be read: the last look, and why. */
export class Looks {
  readonly #taker: CensusTaker;
  readonly #clock: Clock;
  readonly #byFind = new Map<string, Taken>();

  constructor(store: ObjectStore, clock: Clock) {
    this.#taker = new CensusTaker({ store, clock });
    this.#clock = clock;
  }

  async look(find: string): Promise<Look> {
    let taken = this.#byFind.get(find);
    if (taken === undefined) {
      taken = { goodUntilMs: Number.NEGATIVE_INFINITY };
      this.#byFind.set(find, taken);
      if (this.#byFind.size > KEPT) this.#byFind.delete(this.#byFind.keys().next().value as string);
    }
    if (this.#clock.monotonic() >= taken.goodUntilMs) await (taken.taking ??= this.#take(find, taken));
    const { snapshot, problem } = taken;
    return { snapshot, problem };
  }

  /** Something was changed: the next look is a new one. */
  forget(): void {
    for (const taken of this.#byFind.values()) taken.goodUntilMs = Number.NEGATIVE_INFINITY;
  }

  async #take(find: string, taken: { -readonly [Name in keyof Taken]: Taken[Name] }): Promise<void> {
    const beganMs = this.#clock.monotonic();
    try {
      taken.snapshot = await takeSnapshot(this.#taker, this.#clock.now(), find);
      taken.problem = undefined;
    } catch (error) {
      taken.problem = error instanceof Error ? error.message : String(error);
    }
    const endedMs = this.#clock.monotonic();
    taken.goodUntilMs = endedMs + Math.max(LIVES_MS, REST * (endedMs - beganMs));
    taken.taking = undefined;
  }
}
