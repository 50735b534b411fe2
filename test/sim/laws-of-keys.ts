import { META } from '../../queue/core/layout.ts';
import type { Metadata } from '../../queue/ports/object-store.ts';
import type { Change } from '../../queue/stores/bucket.ts';
import { checkEnded, checkLetter, checkReturned } from './laws-of-settling.ts';
import { changedNames, type KeyRecord, type Ledger, numberIn } from './ledger.ts';
import { MOST_SKEW_MS } from './sim-clock.ts';

/** What a settling writes into an entry, and an enqueue never does. */
const SETTLED: readonly string[] = [META.attempts, META.fence, META.recoveries, META.lastError, META.lastAttempted];

/** Laws for what is written to `queued/<key>`. */
export function onQueued(ledger: Ledger, key: string, change: Change, writer: string): void {
  const record = ledger.key(key);
  const before = record.queued;
  const after = change.object.metadata;
  switch (change.kind) {
    case 'finalize':
      ledger.demand(change.overwritten === undefined, 'a waiting entry is never overwritten', key);
      record.queued = after;
      if (after[META.fence] !== undefined) checkReturned(ledger, key, record, after, writer);
      else ledger.demand(numberIn(after, META.attempts) === 0, 'a fresh entry has no attempts', key);
      return;
    case 'metadataUpdate':
      record.queued = after;
      if (before) onPatched(ledger, key, record, before, writer);
      return;
    case 'delete': {
      delete record.queued;
      const { lease } = record;
      ledger.demand(lease !== undefined, 'a waiting entry is only deleted under its lease', key);
      ledger.demand(lease?.holder === writer, 'only the holder of the lease deletes the entry', key);
      ledger.demand(lease?.run === undefined, 'no run begins before its entry is gone', key);
      return;
    }
    default:
      change satisfies never;
  }
}

function onPatched(ledger: Ledger, key: string, record: KeyRecord, before: Metadata, writer: string): void {
  const after = record.queued as Metadata;
  const changed = changedNames(before, after);
  const lower = numberIn(after, META.priority) < numberIn(before, META.priority);
  ledger.demand(!lower, 'the highest priority wins', key);
  const settled = changed.some((name) => SETTLED.includes(name));
  if (settled) checkReturned(ledger, key, record, after, writer);
  const beforeMs = dueMs(before);
  const afterMs = dueMs(after);
  if (before[META.floor]) {
    const kept = after[META.floor] !== undefined && afterMs >= beforeMs;
    ledger.demand(kept, 'an enqueue does not undercut a floor', key);
  } else if (!after[META.floor]) {
    ledger.demand(afterMs <= beforeMs, 'the earliest time wins', key);
  } else {
    ledger.demand(settled || writer.includes('#'), 'only a reconciler sets a floor', key);
  }
}

/** Laws for what is written to `in-progress/<key>`. */
export function onLeased(ledger: Ledger, key: string, change: Change, writer: string): void {
  const record = ledger.key(key);
  const { metadata } = change.object;
  switch (change.kind) {
    case 'finalize': {
      ledger.demand(change.overwritten === undefined && !record.lease, 'one key never has two leases', key);
      const { queued } = record;
      if (!queued) return ledger.demand(false, 'a lease is made of a waiting entry', key);
      const [region = '', lockGeneration = ''] = (metadata[META.owner] ?? '').split('/');
      const fence = numberIn(metadata, META.fence);
      const attempts = numberIn(metadata, META.attempts);
      ledger.demand(attempts === numberIn(queued, META.attempts) + 1, 'a lease counts its own run', key);
      ledger.demand(metadata[META.priority] === queued[META.priority], 'a lease keeps its priority', key);
      ledger.demand(dueMs(queued) <= ledger.clock.now() + MOST_SKEW_MS, 'no key starts before its time', key);
      ledger.demand(fence > numberIn(queued, META.fence), 'fences grow', key);
      // Over a gap in which the key was nowhere, they grow as clocks do, which differ.
      ledger.demand(fence > record.fence - 2_000 * MOST_SKEW_MS, 'fences grow, clocks apart', key);
      record.fence = Math.max(record.fence, fence);
      delete record.ended;
      record.lease = {
        holder: writer,
        region,
        lockGeneration,
        fence,
        attempts,
        recoveries: numberIn(metadata, META.recoveries),
        metadata,
      };
      return;
    }
    case 'metadataUpdate': {
      const changed = changedNames(record.lease?.metadata ?? {}, metadata);
      const renewed = changed.every((name) => name === META.leaseExpiration) && writer === record.lease?.holder;
      ledger.demand(renewed, 'a lease is only renewed, by its holder', key);
      return;
    }
    case 'delete': {
      const { lease } = record;
      delete record.lease;
      if (!lease) return;
      record.ended = lease;
      checkEnded(ledger, key, record, lease, writer);
      return;
    }
    default:
      change satisfies never;
  }
}

/** Laws for what is written to `dead-letter/<key>`. */
export function onDead(ledger: Ledger, key: string, change: Change, writer: string): void {
  const record = ledger.key(key);
  switch (change.kind) {
    case 'finalize':
      record.letter = { written: ledger.trace.sequence };
      checkLetter(ledger, key, record, change.object.metadata, writer);
      return;
    case 'metadataUpdate':
      return;
    case 'delete': {
      const written = record.letter?.written ?? 0;
      delete record.letter;
      const known = record.runs.some((run) => run.holder === writer && run.began > written && run.outcome);
      ledger.demand(known, 'a run only forgets the dead letter that it knew when it began', key);
      return;
    }
    default:
      change satisfies never;
  }
}

function dueMs(entry: Metadata): number {
  const text = entry[META.notBefore];
  return text === undefined ? 0 : Date.parse(text);
}
