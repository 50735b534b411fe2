import type { Counted } from '../../queue/core/census.ts';
import type { Key } from '../../queue/core/key.ts';

/** Events a second between two looks at the bucket. What came and went between them was not seen, so these are lower bounds. */
export interface Rates {
  readonly added: number;
  readonly settled: number;
  /** Growth of the backlog, eligible and waiting; exact. */
  readonly growth: number;
}

/** Keys that are remembered from one look to the next; above, only the growth is told. */
const MOST = 200_000;

/** Compares each census with the one before: which keys are new, and which have gone or come back from a run. */
export class RateMeter {
  #before: { readonly atMs: number; readonly seen: ReadonlyMap<Key, number>; readonly backlog: number } | undefined;
  #seen = new Map<Key, number>();
  #backlog = 0;

  /** To be called with all that one census counts, and then {@link end}. */
  add({ key, standing, entry }: Counted): void {
    if (standing === 'dead' || standing === 'redriven') return;
    if (standing === 'eligible' || standing === 'waiting') this.#backlog++;
    if (this.#seen.size <= MOST)
      this.#seen.set(key, Math.max(this.#seen.get(key) ?? 0, entry.lastAttemptedSeconds ?? 0));
  }

  /** The rates since the census before; `undefined` for the first one, and for queues too deep to compare. */
  end(atMs: number): Rates | undefined {
    const before = this.#before;
    const now = { atMs, seen: this.#seen, backlog: this.#backlog };
    this.#before = now;
    this.#seen = new Map();
    this.#backlog = 0;
    if (!before || atMs <= before.atMs || now.seen.size > MOST || before.seen.size > MOST) return undefined;
    let added = 0;
    let settled = 0;
    for (const [key, lastAttempted] of now.seen) {
      const earlier = before.seen.get(key);
      if (earlier === undefined) added++;
      else if (earlier !== lastAttempted) settled++;
    }
    for (const key of before.seen.keys()) if (!now.seen.has(key)) settled++;
    const seconds = (atMs - before.atMs) / 1000;
    return { added: added / seconds, settled: settled / seconds, growth: (now.backlog - before.backlog) / seconds };
  }
}
