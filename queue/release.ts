import type { QueueContext } from './context.ts';
import { DEFAULT_RETRY } from './core/backoff.ts';
import type { Key } from './core/key.ts';
import { inProgressName } from './core/layout.ts';
import { settle } from './core/settle.ts';
import type { StoredObject } from './ports/object-store.ts';
import { readEntry } from './read-entry.ts';
import { settleLease } from './settle-lease.ts';

export type Released =
  /** Queued again; `queued` is the entry as it waits. */
  | { readonly kind: 'released'; readonly queued?: StoredObject }
  /** Nobody holds the key. */
  | { readonly kind: 'not leased' }
  /** The run ended by itself meanwhile, or another began. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'unavailable' };

/** A heartbeat may come between the look and the write: then it is looked at once more. */
const TRIES = 3;

/**
 * Ends the lease of a key: it is queued again with the attempt given back, not to be started before `delayMs` has passed, and whoever
 * runs it finds at its next look that the lease is gone, aborts the run, and settles nothing. The delay lets that happen before the key
 * runs again; a twin that was queued meanwhile keeps its own time.
 */
export async function release(
  context: QueueContext,
  key: Key,
  delayMs: number,
  signal?: AbortSignal,
): Promise<Released> {
  for (let tries = 0; tries < TRIES; tries++) {
    const leased = await context.store.get(inProgressName(key));
    if (!leased) return { kind: tries === 0 ? 'not leased' : 'changed' };
    const settlement = settle(
      { kind: 'interrupted', delayMs },
      readEntry(context, leased),
      context.clock.now(),
      DEFAULT_RETRY,
      0,
    );
    const pin = { generation: leased.generation, metageneration: leased.metageneration };
    const settled = await settleLease(context, { key, pin }, settlement, signal);
    if (settled.kind === 'settled') {
      return { kind: 'released', ...(settled.queued !== undefined && { queued: settled.queued }) };
    }
    if (settled.kind === 'abandoned') return { kind: 'unavailable' };
  }
  return { kind: 'changed' };
}
