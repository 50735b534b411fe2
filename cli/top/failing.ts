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
/** Prefixes that somebody reads one by one. */
const FEW = 20;

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

  /** Most failing first. Where there are many, those that differ in numbers only are taken together. */
  worst(): readonly FailingPrefix[] {
    const all = [...this.#prefixes.values()];
    return (all.length > FEW ? together(all) : all).toSorted((a, b) => b.failing + b.dead - (a.failing + a.dead));
  }
}

function together(all: readonly FailingPrefix[]): FailingPrefix[] {
  const kinds = new Map<string, FailingPrefix>();
  for (const { prefix, failing, dead, error } of all) {
    const kind = prefix.replace(/\d+/g, '…');
    const before = kinds.get(kind);
    kinds.set(kind, {
      prefix: kind,
      failing: failing + (before?.failing ?? 0),
      dead: dead + (before?.dead ?? 0),
      error: before?.error ?? error,
    });
  }
  return [...kinds.values()];
}

/** `tenant-a/` of `tenant-a/db-1`; a key without a part in front stands for itself. */
function prefixOf(key: string): string {
  return /^[^/:]+[/:]/.exec(key)?.[0] ?? key;
}
