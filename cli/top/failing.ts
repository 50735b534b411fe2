import type { Counted } from '../../queue/core/census.ts';

/** Keys with a common beginning that fail. */
export interface FailingPrefix {
  readonly prefix: string;
  /** Queued or running, with a last error. */
  readonly failing: number;
  readonly dead: number;
  /** One of the errors. */
  readonly error: string;
}

/** Prefixes that are told apart. */
const MOST = 1_000;

/** Groups failing keys by what stands before the first slash or colon. */
export class FailingPrefixes {
  readonly #prefixes = new Map<string, FailingPrefix>();

  add({ key, standing, entry }: Pick<Counted, 'key' | 'standing' | 'entry'>): void {
    if (standing === 'redriven' || (standing !== 'dead' && entry.lastError === undefined)) return;
    const known = prefixOf(key);
    const prefix = this.#prefixes.has(known) || this.#prefixes.size < MOST ? known : '(others)';
    const before = this.#prefixes.get(prefix) ?? { prefix, failing: 0, dead: 0, error: '' };
    const dead = standing === 'dead' ? 1 : 0;
    this.#prefixes.set(prefix, {
      prefix,
      failing: before.failing + 1 - dead,
      dead: before.dead + dead,
      error: entry.lastError ?? before.error,
    });
  }

  /** Most failing first. */
  worst(): readonly FailingPrefix[] {
    return [...this.#prefixes.values()].toSorted((a, b) => b.failing + b.dead - (a.failing + a.dead));
  }
}

/** `tenant-a/` of `tenant-a/db-1`; a key without a part in front stands for itself. */
function prefixOf(key: string): string {
  return /^[^/:]+[/:]/.exec(key)?.[0] ?? key;
}
