import type { LogRecord } from '../log-record.ts';
import { type Transition, transitionOf } from '../transition.ts';

const KEPT = 200;

export type SeenTransition = Transition & { readonly atMs: number };

/** The last transitions of all keys, newest first. */
export class Recent {
  readonly #seen: SeenTransition[] = [];

  add(record: LogRecord, atMs: number): void {
    const transition = transitionOf(record);
    if (transition === undefined) return;
    this.#seen.push({ ...transition, atMs });
    if (this.#seen.length > 2 * KEPT) this.#seen.splice(0, KEPT);
  }

  newest(): readonly SeenTransition[] {
    return this.#seen.slice(-KEPT).toReversed();
  }
}
