import type { LogRecord } from '../log-record.ts';
import { type Transition, transitionOf } from '../transition.ts';

/** Keys that are remembered; the one that was silent longest goes first. */
const KEYS = 5_000;
/** Transitions remembered of each. */
const STEPS = 100;
/** Transitions shown of all keys together. */
const RECENT = 200;

export type SeenTransition = Transition & { readonly atMs: number };

/** What became of each key since the stack was started, as its services logged it. */
export class Stories {
  readonly #byKey = new Map<string, SeenTransition[]>();
  readonly #recent: SeenTransition[] = [];

  add(record: LogRecord, atMs: number): void {
    const transition = transitionOf(record);
    if (transition === undefined) return;
    const seen = { ...transition, atMs };
    this.#recent.push(seen);
    if (this.#recent.length > 2 * RECENT) this.#recent.splice(0, RECENT);
    const steps = this.#byKey.get(seen.key) ?? [];
    steps.push(seen);
    if (steps.length > STEPS) steps.shift();
    // A map keeps the order of insertion: who speaks goes to the end.
    this.#byKey.delete(seen.key);
    this.#byKey.set(seen.key, steps);
    if (this.#byKey.size > KEYS) this.#byKey.delete(this.#byKey.keys().next().value as string);
  }

  /** The last transitions of all keys, newest first. */
  recent(): readonly SeenTransition[] {
    return this.#recent.slice(-RECENT).toReversed();
  }

  /** The last transitions of one key, oldest first. */
  of(key: string): readonly SeenTransition[] {
    return this.#byKey.get(key) ?? [];
  }
}
