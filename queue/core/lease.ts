import type { Entry } from './entry.ts';

/** How long a lease lasts in the bucket. Only services that do not know our locks (Go) and operators go by it. */
export const LEASE_MS = 15 * 60_000;

/** A lease is renewed this often. */
export const HEARTBEAT_MS = 5 * 60_000;

/** The holder of a lease: `<region>/<generation of the region's lock>`. */
export function ownerOf(region: string, lockGeneration: string): string {
  return `${region}/${lockGeneration}`;
}

/**
 * The region and lock generation in an owner of ours; `undefined` for owners of other dispatchers. The region becomes part of an
 * object's name, so whatever could not be one is another's.
 */
export function parseOwner(owner: string): { readonly region: string; readonly generation: string } | undefined {
  const match = /^([a-z][a-z0-9-]{0,62})\/(\d{1,20})$/.exec(owner);
  return match ? { region: match[1] as string, generation: match[2] as string } : undefined;
}

/**
 * The entry as it is leased: one more attempt, an owner, a higher fence, and no time to wait for.
 *
 * The fence is the larger of the one before plus one and the microseconds of the lease's start, so it grows with every lease of a
 * key even if clocks differ, and also over a gap in which the key was nowhere.
 */
export function leasedEntry(waiting: Entry, owner: string, nowMs: number): Entry {
  return {
    ...waiting,
    attempts: waiting.attempts + 1,
    owner,
    leaseExpirationMs: nowMs + LEASE_MS,
    fence: Math.max((waiting.fence ?? 0) + 1, Math.floor(nowMs * 1000)),
    notBeforeMs: undefined,
    floor: undefined,
    bump: undefined,
  };
}
