import type { QueueContext } from './context.ts';
import { encodeEntry, type Entry } from './core/entry.ts';
import type { Key } from './core/key.ts';
import { inProgressName, META, queuedName } from './core/layout.ts';
import { leasedEntry } from './core/lease.ts';
import { Patience } from './patience.ts';
import type { Pin, StoredObject } from './ports/object-store.ts';
import { readEntry } from './read-entry.ts';

/** A key that this process holds: its object below `in-progress/`, at the generation that all of its settling is pinned to. */
export interface Lease {
  readonly key: Key;
  readonly generation: string;
  readonly entry: Entry;
  /** The entry as it waited. */
  readonly waited: Entry;
  /** Generation of the key's dead letter as known when the run started; never a newer one. */
  readonly deadLetter?: string | undefined;
}

/** What became of an attempt to lease a waiting key. Only with `leased` may a run begin. */
export type Started =
  | { readonly kind: 'leased'; readonly lease: Lease }
  /** Someone else changed the entry, or holds the key. */
  | { readonly kind: 'lost' }
  /** The entry is gone: leased, or dropped. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'throttled' }
  /** Told to stop, or out of patience, before all was known. What was written is found as an orphan. */
  | { readonly kind: 'abandoned' };

/** Longer than a lock lives: it is the lock's loss, through the signal, that ends the wait. */
const BUDGET_MS = 60_000;

/**
 * Leases a waiting key: copies its entry to `in-progress/`, then deletes the entry, both pinned to what was seen of it.
 *
 * Resolves with `leased` only after the delete was answered. A run that began earlier would absorb an enqueue made in between:
 * it would find the entry, have nothing to change, and be answered, while the entry it relied on is deleted.
 */
export async function start(
  context: QueueContext,
  waiting: StoredObject & { readonly key: Key },
  owner: string,
  signal: AbortSignal,
): Promise<Started> {
  const patience = new Patience(context, BUDGET_MS, signal);
  const waited = readEntry(context, waiting);
  const entry = leasedEntry(waited, owner, context.clock.now());
  const copied = await context.store.copy({
    from: queuedName(waiting.key),
    source: pinOf(waiting),
    to: inProgressName(waiting.key),
    destination: 'absent',
    metadata: encodeEntry(entry),
  });
  switch (copied.kind) {
    case 'ok': {
      const lease = { key: waiting.key, generation: copied.object.generation, entry, waited };
      return takeEntryAway(context, lease, pinOf(waiting), patience);
    }
    case 'unknown':
      return makeCopyKnown(context, waiting, { entry, waited }, patience);
    default:
      return copied;
  }
}

/**
 * Deletes the queued entry that was leased. One that someone merged into stays, and the key runs again. A delete that may still
 * be on its way is overtaken by a patch: the metageneration it is pinned to is then gone.
 */
async function takeEntryAway(context: QueueContext, lease: Lease, pin: Pin, patience: Patience): Promise<Started> {
  const name = queuedName(lease.key);
  for (let current = pin; ;) {
    const deleted = await context.store.delete(name, current);
    if (deleted.kind === 'ok') return { kind: 'leased', lease };
    if (deleted.kind === 'lost' || deleted.kind === 'missing') return verify(context, lease, patience);
    if (!(await patience.another(deleted.kind))) return { kind: 'abandoned' };
    if (deleted.kind === 'throttled') continue;
    const overtaken = await bump(context, name, current, patience);
    if (overtaken.kind === 'abandoned') return overtaken;
    if (overtaken.kind === 'changed') return verify(context, lease, patience);
    current = overtaken.pin;
  }
}

/**
 * The entry was not ours to delete: either someone merged into it, or another start took it, which it can only have done after our
 * lease was taken from us.
 */
async function verify(context: QueueContext, lease: Lease, patience: Patience): Promise<Started> {
  const held = await read(context, inProgressName(lease.key), patience);
  if (held === 'abandoned') return { kind: 'abandoned' };
  return held?.generation === lease.generation ? { kind: 'leased', lease } : { kind: 'lost' };
}

/** A copy without an answer: first makes sure that it cannot be applied any more, then looks whether it was. */
async function makeCopyKnown(
  context: QueueContext,
  waiting: StoredObject & { readonly key: Key },
  told: Pick<Lease, 'entry' | 'waited'>,
  patience: Patience,
): Promise<Started> {
  const { entry } = told;
  const overtaken = await bump(context, queuedName(waiting.key), pinOf(waiting), patience);
  if (overtaken.kind === 'abandoned') return overtaken;
  const held = await read(context, inProgressName(waiting.key), patience);
  if (held === 'abandoned') return { kind: 'abandoned' };
  const ours = held?.metadata[META.owner] === entry.owner && held?.metadata[META.fence] === String(entry.fence);
  if (!held || !ours) return { kind: 'lost' };
  const lease = { key: waiting.key, generation: held.generation, ...told };
  if (overtaken.kind === 'changed') return { kind: 'leased', lease };
  return takeEntryAway(context, lease, overtaken.pin, patience);
}

type Bumped =
  { readonly kind: 'bumped'; readonly pin: Pin } | { readonly kind: 'changed' } | { readonly kind: 'abandoned' };

/**
 * Moves an entry on from the metageneration in `pin`, so that no request pinned to it can be applied later. `changed`: someone
 * else has, or the entry is gone, or our own bump got no answer but was applied, which is treated alike: then the entry stays and
 * the key runs once more than needed.
 */
async function bump(context: QueueContext, name: string, pin: Pin, patience: Patience): Promise<Bumped> {
  for (;;) {
    const patched = await context.store.patch(name, { [META.bump]: context.random.id() }, pin);
    if (patched.kind === 'ok') return { kind: 'bumped', pin: pinOf(patched.object) };
    if (patched.kind === 'lost' || patched.kind === 'missing') return { kind: 'changed' };
    if (!(await patience.another(patched.kind))) return { kind: 'abandoned' };
  }
}

async function read(
  context: QueueContext,
  name: string,
  patience: Patience,
): Promise<StoredObject | undefined | 'abandoned'> {
  for (;;) {
    try {
      return await context.store.get(name);
    } catch (cause) {
      context.journal.write('store.failed', { operation: 'get', object: name, error: String(cause) });
      if (!(await patience.another('unknown'))) return 'abandoned';
    }
  }
}

function pinOf(object: StoredObject): Required<Pin> {
  return { generation: object.generation, metageneration: object.metageneration };
}
