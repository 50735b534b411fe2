import type { EventName } from '../../catalogue/events.ts';
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
  const base = { key, attempt: entry.attempts };
  if (settled.kind === 'lost') return { event: 'key.lost', fields: base };
  if (settled.kind === 'abandoned') {
    return {
      event: 'store.failed',
      fields: { ...base, operation: 'settle', error: 'the bucket did not answer in time' },
    };
  }
  const error = settlement.kind === 'complete' ? undefined : settlement.entry.lastError;
  const dueMs = settlement.kind === 'requeue' ? settlement.entry.notBeforeMs : undefined;
  const delayMs = dueMs === undefined ? undefined : Math.max(0, Math.round(dueMs - nowMs));
  return { event: eventOf(outcome, settlement), fields: { ...base, error, delayMs } };
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
