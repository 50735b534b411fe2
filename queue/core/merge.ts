import type { Entry } from './entry.ts';

/** When something is wished: now, not before a time, or not before a floor. */
export interface Timing {
  /** Unix ms; absent = now. */
  readonly notBeforeMs?: number | undefined;
  readonly floor?: boolean | undefined;
}

/**
 * The time of an entry that waits as `current` when `incoming` is merged into it at `nowMs`:
 *
 * | incoming \ current | floor | no floor |
 * |---|---|---|
 * | floor | the later | the incoming floor, outright |
 * | no floor | unchanged | the earlier |
 */
export function mergeTiming(current: Timing, incoming: Timing, nowMs: number): Timing {
  if (incoming.floor) {
    const floorMs = incoming.notBeforeMs ?? nowMs;
    const later = current.floor ? Math.max(current.notBeforeMs ?? 0, floorMs) : floorMs;
    return { notBeforeMs: later, floor: true };
  }
  if (current.floor || current.notBeforeMs === undefined) return current;
  const incomingMs = incoming.notBeforeMs ?? nowMs;
  if (current.notBeforeMs <= incomingMs) return current;
  // Brought forward to now is written down as this second: without a time, the entry would pass for as old as its story.
  return { notBeforeMs: incoming.notBeforeMs ?? Math.floor(nowMs / 1000) * 1000, floor: undefined };
}

/** A waiting entry after one more enqueue: highest priority, earliest time within the floor rules; all else stays. */
export function mergeEnqueue(current: Entry, wish: Timing & { readonly priority: number }, nowMs: number): Entry {
  const { notBeforeMs, floor } = mergeTiming(current, wish, nowMs);
  return { ...current, priority: Math.max(current.priority, wish.priority), notBeforeMs, floor };
}

/**
 * A waiting twin after the run beside it was settled with a requeue: `returned` is the entry as it would have been queued if
 * there were no twin. Attempts, last error, fence and recoveries come from the run, so that a key that is touched while it fails
 * still spends its attempts.
 */
export function mergeReturned(twin: Entry, returned: Entry, nowMs: number): Entry {
  // This very lease was settled into the twin before, by a holder that was lost before it could end the lease.
  if (twin.fence !== undefined && twin.fence === returned.fence) return twin;
  const { notBeforeMs, floor } = mergeTiming(twin, returned, nowMs);
  return {
    ...twin,
    priority: Math.max(twin.priority, returned.priority),
    notBeforeMs,
    floor,
    attempts: returned.attempts,
    recoveries: returned.recoveries,
    fence: Math.max(twin.fence ?? 0, returned.fence ?? 0) || undefined,
    lastError: returned.lastError,
    lastAttemptedSeconds: returned.lastAttemptedSeconds,
    firstQueuedMs: earlier(twin.firstQueuedMs, returned.firstQueuedMs),
    redriveOf: twin.redriveOf ?? returned.redriveOf,
    unknown: { ...returned.unknown, ...twin.unknown },
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
