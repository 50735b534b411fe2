import type { EventName } from '../../catalogue/events.ts';
import { leasedSinceMs } from '../../queue/core/census.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import type { Settlement } from '../../queue/core/settle.ts';
import type { Settled } from '../../queue/settle-lease.ts';
import type { Lease } from '../../queue/start.ts';

export interface SettledEvent {
  readonly event: EventName;
  readonly fields: {
    readonly key: string;
    readonly attempt: number;
    readonly error?: string | undefined;
    /** Until the key is called again, where it is. */
    readonly delayMs?: number | undefined;
    readonly operation?: string;
    /** What the run came to, in a word. */
    readonly outcome?: string;
    /** How long the lease was held. */
    readonly leasedMs?: number | undefined;
    /** Since the enqueue that opened the story. */
    readonly ageMs?: number | undefined;
  };
}

/** The event that tells what became of a run, with its cause and, where the key comes back, when. */
export function describeSettled(
  lease: Lease,
  outcome: Outcome,
  settlement: Settlement,
  settled: Settled,
  nowMs: number,
): SettledEvent {
  const { key, entry } = lease;
  const leasedAtMs = leasedSinceMs(entry, nowMs);
  const leasedMs = leasedAtMs === undefined ? undefined : Math.max(0, nowMs - leasedAtMs);
  const base = { key, attempt: entry.attempts, leasedMs };
  if (settled.kind === 'lost') return { event: 'key.lost', fields: { ...base, outcome: 'lost' } };
  if (settled.kind === 'abandoned') {
    return {
      event: 'store.failed',
      fields: { ...base, operation: 'settle', error: 'the bucket did not answer in time' },
    };
  }
  const error = settlement.kind === 'complete' ? undefined : settlement.entry.lastError;
  const dueMs = settlement.kind === 'requeue' ? settlement.entry.notBeforeMs : undefined;
  const delayMs = dueMs === undefined ? undefined : Math.max(0, Math.round(dueMs - nowMs));
  const { firstQueuedMs } = entry;
  const ageMs = firstQueuedMs === undefined ? undefined : Math.max(0, nowMs - firstQueuedMs);
  return {
    event: eventOf(outcome, settlement),
    fields: { ...base, error, delayMs, outcome: wordFor(outcome), ageMs },
  };
}

/** A requeue with a floor is told from one without: the one debounces, the other calls back. */
function wordFor(outcome: Outcome): string {
  return outcome.kind === 'requeue' && outcome.floor ? 'floor' : outcome.kind;
}

function eventOf(outcome: Outcome, settlement: Settlement): EventName {
  if (settlement.kind === 'bury') return settlement.entry.cause === 'rejected' ? 'key.rejected' : 'key.exhausted';
  if (settlement.kind === 'complete') return 'key.done';
  switch (outcome.kind) {
    case 'failed':
      return 'key.failed';
    case 'interrupted':
      return 'key.interrupted';
    case 'unreachable':
      return 'key.unreachable';
    default:
      return 'key.requeued';
  }
}
