import { eligibleSinceMs, leasedSinceMs, type Standing } from './census.ts';
import type { Entry } from './entry.ts';

/** Which keys an operator means. What is absent does not matter; all that is present has to hold. */
export interface KeyFilter {
  readonly prefix?: string | undefined;
  /** In its state for longer than this. A key whose age nobody knows does not match. */
  readonly olderMs?: number | undefined;
  readonly attempts?: { readonly least: number; readonly most: number } | undefined;
  /** Part of the last error, upper and lower case alike. */
  readonly reason?: string | undefined;
  readonly cause?: 'exhausted' | 'rejected' | undefined;
}

/** Whether a filter leaves nothing out: nothing is destroyed or set off in bulk by one. */
export function isEmptyFilter(filter: KeyFilter): boolean {
  return Object.values(filter).every((value) => value === undefined || value === '');
}

export interface FilteredKey {
  readonly key: string;
  readonly standing: Standing;
  readonly entry: Entry;
}

export function matchesFilter(filter: KeyFilter, { key, standing, entry }: FilteredKey, nowMs: number): boolean {
  const { prefix, olderMs, attempts, reason, cause } = filter;
  if (prefix !== undefined && !key.startsWith(prefix)) return false;
  if (attempts && (entry.attempts < attempts.least || entry.attempts > attempts.most)) return false;
  if (reason !== undefined && !(entry.lastError ?? '').toLowerCase().includes(reason.toLowerCase())) return false;
  if (cause !== undefined && entry.cause !== cause) return false;
  if (olderMs === undefined) return true;
  const since = sinceMs(standing, entry, nowMs);
  return since !== undefined && nowMs - since > olderMs;
}

/** Since when a key has been in its state, in unix ms; of a waiting one, since it was first queued. */
export function sinceMs(standing: Standing, entry: Entry, nowMs: number): number | undefined {
  switch (standing) {
    case 'running':
      return leasedSinceMs(entry, nowMs);
    case 'dead':
    case 'redriven':
      return entry.failedMs;
    case 'waiting':
      return entry.firstQueuedMs;
    case 'eligible':
    case 'touched':
      return eligibleSinceMs(entry);
    default:
      return standing satisfies never;
  }
}

/** One sentence that says which keys are meant, as the record of an act keeps it. */
export function describeFilter(filter: KeyFilter): string {
  const { prefix, olderMs, attempts, reason, cause } = filter;
  const parts = [
    prefix === undefined || prefix === '' ? undefined : `prefix=${JSON.stringify(prefix)}`,
    olderMs === undefined ? undefined : `older=${olderMs / 1000}s`,
    attempts === undefined ? undefined : `attempts=${describeRange(attempts)}`,
    reason === undefined ? undefined : `error=${JSON.stringify(reason)}`,
    cause === undefined ? undefined : `cause=${cause}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all' : parts.join(' ');
}

function describeRange({ least, most }: { readonly least: number; readonly most: number }): string {
  return least === most ? String(least) : most === Number.MAX_SAFE_INTEGER ? `${least}+` : `${least}-${most}`;
}
