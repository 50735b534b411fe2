import type { QueueContext } from './context.ts';
import type { Entry } from './core/entry.ts';
import type { Key } from './core/key.ts';
import { deadLetterName, inProgressName, lockName, queuedName } from './core/layout.ts';
import { parseOwner } from './core/lease.ts';
import type { SeenLock } from './core/orphan.ts';
import type { Pause } from './core/pause.ts';
import { readPause } from './pause-queue.ts';
import type { StoredObject } from './ports/object-store.ts';
import { readEntry } from './read-entry.ts';
import { lockOf } from './recover.ts';

/** All objects of one key, and what decides about its run. */
export interface Look {
  readonly queued?: Seen | undefined;
  readonly leased?: Seen | undefined;
  readonly letter?: Seen | undefined;
  readonly pause?: Pause | undefined;
  /** The lock of the region that holds the lease, read after the lease. */
  readonly lock?: SeenLock | undefined;
}

export interface Seen {
  readonly object: StoredObject;
  readonly entry: Entry;
}

type LookPorts = Pick<QueueContext, 'store' | 'clock' | 'journal'>;

/** Looks at one key from all sides. One that moves is met at the second look. Throws `QueueError` `unavailable`. */
export async function look(context: LookPorts, key: Key): Promise<Look> {
  const first = await lookOnce(context, key);
  return first.queued || first.leased ? first : lookOnce(context, key);
}

async function lookOnce(context: LookPorts, key: Key): Promise<Look> {
  const read = async (name: string): Promise<Seen | undefined> => {
    const object = await context.store.get(name);
    return object && { object, entry: readEntry(context, object) };
  };
  const queued = await read(queuedName(key));
  const leased = await read(inProgressName(key));
  const owner = leased?.entry.owner === undefined ? undefined : parseOwner(leased.entry.owner);
  const [letter, pause, lock] = await Promise.all([
    read(deadLetterName(key)),
    readPause(context),
    owner && context.store.get(lockName(owner.region)),
  ]);
  return { queued, leased, letter, pause, lock: lock && lockOf(lock) };
}
