import type { QueueContext } from './context.ts';
import type { RetryPolicy } from './core/backoff.ts';
import type { Key } from './core/key.ts';
import { inProgressName, lockName } from './core/layout.ts';
import { parseOwner } from './core/lease.ts';
import { decodeLock, type LockTimes } from './core/lock.ts';
import { judgeHolding, type SeenLock } from './core/orphan.ts';
import { settleRecovery, type Settlement } from './core/settle.ts';
import type { StoredObject } from './ports/object-store.ts';
import { readEntry } from './read-entry.ts';
import { type Settled, settleLease } from './settle-lease.ts';

export interface Recovery {
  readonly region: string;
  readonly policy: RetryPolicy;
  readonly lock: LockTimes;
  /** The generation of the lock this process holds. Its own leases are orphans if it knows nothing of them: the caller's word. */
  readonly lockGeneration: string;
}

export type Recovered = { readonly kind: 'held' } | (Settled & { readonly settlement?: Settlement });

/**
 * Gives a leased key back to the queue if its holder is lost. The lock and the entry are read again, in this order, because
 * whatever was seen before may be old; both the copy and the delete are pinned to generation and metageneration.
 */
export async function recover(
  context: QueueContext,
  key: Key,
  recovery: Recovery,
  signal: AbortSignal,
): Promise<Recovered> {
  const { store, clock } = context;
  const object = await store.get(inProgressName(key));
  if (!object) return { kind: 'lost' };
  const entry = readEntry(context, object);
  const owner = entry.owner === undefined ? undefined : parseOwner(entry.owner);
  const own = owner?.region === recovery.region && owner.generation === recovery.lockGeneration;
  if (!own) {
    const lock = owner ? await readLock(context, owner.region) : undefined;
    const holding = judgeHolding(entry, lock, clock.now(), recovery.lock);
    if (holding === 'held') return { kind: 'held' };
    if (holding === 'lapsing' && lock && owner) {
      const broken = await breakLock(context, owner.region, lock);
      if (!broken) return { kind: 'held' };
    }
  }
  const pin = { generation: object.generation, metageneration: object.metageneration };
  const settlement = settleRecovery(entry, clock.now(), recovery.policy);
  return { ...(await settleLease(context, { key, pin }, settlement, signal)), settlement };
}

export interface LockObject extends SeenLock {
  readonly name: string;
  readonly metageneration: string;
}

async function readLock(context: QueueContext, region: string): Promise<LockObject | undefined> {
  const object = await context.store.get(lockName(region));
  return object && lockOf(object);
}

export function lockOf(object: StoredObject): LockObject {
  const { name, generation, metageneration } = object;
  return { ...decodeLock(object.metadata), name, generation, metageneration };
}

/**
 * Removes a lapsed lock before its leases are recovered, pinned to the metageneration as well: a refresh that is still on its way
 * then finds nothing to revive. False: somebody else was there first, so look again later.
 */
async function breakLock(context: QueueContext, region: string, lock: LockObject): Promise<boolean> {
  const pin = { generation: lock.generation, metageneration: lock.metageneration };
  const deleted = await context.store.delete(lockName(region), pin);
  if (deleted.kind === 'ok') context.journal.write('lock.broken', { region, instance: lock.instance });
  return deleted.kind === 'ok' || deleted.kind === 'missing';
}
