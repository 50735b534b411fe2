import type { QueueContext } from './context.ts';
import { decodeEntry, encodeEntry, type Entry, metadataChanges } from './core/entry.ts';
import type { Key } from './core/key.ts';
import { deadLetterName, inProgressName, queuedName } from './core/layout.ts';
import { mergeReturned } from './core/merge.ts';
import type { Settlement } from './core/settle.ts';
import { Patience } from './patience.ts';
import type { Deleted, Metadata, ObjectStore, Pin, StoredObject, Written } from './ports/object-store.ts';

/** A leased entry as its settler knows it: by generation alone, or (recovering the lease of another) by metageneration too. */
export interface Held {
  readonly key: Key;
  readonly pin: Pin;
  /** Generation of the dead letter known when the run started. */
  readonly deadLetter?: string | undefined;
  readonly redriveOf?: string | undefined;
}

export type Settled =
  /** Carried out. After a requeue, the entry as it now waits. */
  | { readonly kind: 'settled'; readonly queued?: StoredObject }
  /** The lease was not ours any more: nothing of it was settled. */
  | { readonly kind: 'lost' }
  /** Told to stop, or (without a signal) out of patience: the entry stays leased until it is recovered. */
  | { readonly kind: 'abandoned' };

/** How long a settler without a signal tries. */
const BUDGET_MS = 120_000;

/**
 * Carries out what was decided about a leased key. Every write is pinned, so a holder that has lost its lease settles nothing.
 *
 * With a signal there is no other end to the wait: who gave up while it holds its lock would take its own lease for an orphan's, and give
 * back an attempt that a failure has spent.
 */
export async function settleLease(
  context: QueueContext,
  held: Held,
  settlement: Settlement,
  signal?: AbortSignal,
): Promise<Settled> {
  const patience = new Patience(context, signal ? Number.POSITIVE_INFINITY : BUDGET_MS, signal);
  switch (settlement.kind) {
    case 'complete': {
      await forgetDeadLetter(context.store, held, patience);
      return endLease(context.store, held, patience);
    }
    case 'requeue': {
      const returned = await returnToQueue(context, held, settlement.entry, patience);
      if (returned.kind !== 'settled') return returned;
      const ended = await endLease(context.store, held, patience);
      return ended.kind === 'settled' ? returned : ended;
    }
    case 'bury': {
      const buried = await bury(context, held, settlement.entry, patience);
      return buried.kind === 'settled' ? endLease(context.store, held, patience) : buried;
    }
    default:
      return settlement satisfies never;
  }
}

/**
 * A key that completes is no longer dead. Only the letter known when the run started is deleted: one that was written later
 * belongs to a later failure.
 */
async function forgetDeadLetter(store: ObjectStore, held: Held, patience: Patience): Promise<void> {
  const generation = held.redriveOf ?? held.deadLetter;
  if (generation === undefined) return;
  await insist(() => store.delete(deadLetterName(held.key), { generation }), patience);
}

/** Ends the lease. One found ended already was ended by an earlier try of this very call, or lost. */
async function endLease(store: ObjectStore, held: Held, patience: Patience): Promise<Settled> {
  const { answer, unsure } = await insist(() => store.delete(inProgressName(held.key), held.pin), patience);
  switch (answer.kind) {
    case 'ok':
      return { kind: 'settled' };
    case 'missing':
      return { kind: unsure ? 'settled' : 'lost' };
    case 'lost':
      return { kind: 'lost' };
    default:
      return { kind: 'abandoned' };
  }
}

/** Puts the entry back among the waiting ones, or merges it into the twin that was queued while it ran. */
async function returnToQueue(context: QueueContext, held: Held, entry: Entry, patience: Patience): Promise<Settled> {
  const { store } = context;
  const metadata = encodeEntry(entry);
  for (;;) {
    const copied = await store.copy({
      from: inProgressName(held.key),
      source: held.pin,
      to: queuedName(held.key),
      destination: 'absent',
      metadata,
    });
    if (copied.kind === 'ok') return { kind: 'settled', queued: copied.object };
    if (copied.kind === 'missing') return { kind: 'lost' };
    if (copied.kind !== 'lost') {
      // An unknown copy that was applied is met as a twin by the next try, and merged into: the same entry again.
      if (!(await patience.another(copied.kind))) return { kind: 'abandoned' };
      continue;
    }
    const merged = await mergeIntoTwin(context, held, entry);
    if (merged.kind === 'again') continue;
    if (merged.kind !== 'hindered') return merged;
    if (!(await patience.another(merged.hurdle))) return { kind: 'abandoned' };
  }
}

type Merged =
  Settled | { readonly kind: 'again' } | { readonly kind: 'hindered'; readonly hurdle: 'throttled' | 'unknown' };

/**
 * Merges the entry into its waiting twin. The merge always writes, if only a bump: a starter that was paused between its copy and
 * its delete would otherwise still find the metageneration it pinned, delete the twin, and the key would be gone from both
 * places.
 *
 * The lease is looked at *after* the twin was read: whoever takes the lease from us writes to the twin first, so our patch then
 * finds another metageneration.
 */
async function mergeIntoTwin(context: QueueContext, held: Held, entry: Entry): Promise<Merged> {
  const { store, clock, random } = context;
  const name = queuedName(held.key);
  let twin: StoredObject | undefined;
  let leased: StoredObject | undefined;
  try {
    twin = await store.get(name);
    leased = await store.get(inProgressName(held.key));
  } catch {
    return { kind: 'hindered', hurdle: 'unknown' };
  }
  if (!leased || !isPinned(leased, held.pin)) return { kind: 'lost' };
  if (!twin) return { kind: 'again' };
  const merged = mergeReturned(decodeEntry(twin.metadata).entry, entry, clock.now());
  const changes = metadataChanges(twin.metadata, encodeEntry({ ...merged, bump: random.id() }));
  const patched = await store.patch(name, changes, {
    generation: twin.generation,
    metageneration: twin.metageneration,
  });
  switch (patched.kind) {
    case 'ok':
      return { kind: 'settled', queued: patched.object };
    case 'lost':
    case 'missing':
      return { kind: 'again' };
    default:
      return { kind: 'hindered', hurdle: patched.kind };
  }
}

/** Writes the dead letter, over an older one if there is one. */
async function bury(context: QueueContext, held: Held, entry: Entry, patience: Patience): Promise<Settled> {
  const { store } = context;
  const to = deadLetterName(held.key);
  const metadata = encodeEntry(entry);
  let destination: Pin | 'absent' = 'absent';
  /** A copy of ours got no answer: it may be what the next read shows. */
  let unsure = false;
  for (;;) {
    const copied: Written = await store.copy({
      from: inProgressName(held.key),
      source: held.pin,
      to,
      destination,
      metadata,
    });
    if (copied.kind === 'ok') return { kind: 'settled' };
    if (copied.kind === 'missing') return { kind: 'lost' };
    unsure ||= copied.kind === 'unknown';
    if (copied.kind !== 'lost' && !(await patience.another(copied.kind))) return { kind: 'abandoned' };
    try {
      const leased = await store.get(inProgressName(held.key));
      if (!leased || !isPinned(leased, held.pin)) return { kind: 'lost' };
      const letter = await store.get(to);
      // The fence alone would not do: two leases made of one entry, by clocks that differ, may have the same.
      if (letter && unsure && says(letter, metadata)) return { kind: 'settled' };
      destination = letter ? { generation: letter.generation } : 'absent';
    } catch {
      if (!(await patience.another('unknown'))) return { kind: 'abandoned' };
    }
  }
}

/** Repeats a delete that was throttled or got no answer: pinned to a generation, it may be sent any number of times. */
async function insist(
  send: () => Promise<Deleted>,
  patience: Patience,
): Promise<{ readonly answer: Deleted; readonly unsure: boolean }> {
  for (let unsure = false; ;) {
    const answer = await send();
    if (answer.kind !== 'throttled' && answer.kind !== 'unknown') return { answer, unsure };
    unsure ||= answer.kind === 'unknown';
    if (!(await patience.another(answer.kind))) return { answer, unsure };
  }
}

/** Whether the object has all of this metadata; it may have more, as a letter that was redriven meanwhile. */
function says(object: StoredObject, metadata: Metadata): boolean {
  return Object.entries(metadata).every(([name, value]) => object.metadata[name] === value);
}

function isPinned(object: StoredObject, pin: Pin): boolean {
  return (
    object.generation === pin.generation &&
    (pin.metageneration === undefined || object.metageneration === pin.metageneration)
  );
}
