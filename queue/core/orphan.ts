import type { Entry } from './entry.ts';
import { parseOwner } from './lease.ts';
import { isLapsed, type LockState, type LockTimes } from './lock.ts';

/** A region's lock as it was read *after* the leased entry was seen. */
export interface SeenLock extends LockState {
  readonly generation: string;
}

/**
 * Whether a leased entry still has a holder.
 *
 * - `held`: by the live lock of its region, or (foreign owners) by its lease.
 * - `lapsing`: by a lock that has lapsed but lies in the bucket; it has to be removed first.
 * - `orphaned`: its lock is gone, or another one lies in its place. A lock's generation never comes back, so this is final.
 */
export type Holding = 'held' | 'lapsing' | 'orphaned';

export function judgeHolding(entry: Entry, lock: SeenLock | undefined, nowMs: number, times: LockTimes): Holding {
  const owner = entry.owner === undefined ? undefined : parseOwner(entry.owner);
  if (!owner) {
    // Dispatchers that know no locks are bound by their lease alone; no lease that parses = orphaned.
    const expiresMs = entry.leaseExpirationMs ?? 0;
    return nowMs >= expiresMs + times.marginMs ? 'orphaned' : 'held';
  }
  if (lock?.generation !== owner.generation) return 'orphaned';
  return isLapsed(lock, nowMs, times) ? 'lapsing' : 'held';
}
