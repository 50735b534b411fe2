import { parseInstant } from './instant.ts';

/** Names of the metadata of `control/pause`. */
export const PAUSE_META = { until: 'until', reason: 'reason', by: 'by', since: 'since' } as const;

/** What the object `control/pause` says while it pauses the queue. */
export interface Pause {
  /** Unix ms; absent = until somebody resumes. */
  readonly untilMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
  /** Unix ms; absent where nobody wrote it down. */
  readonly sinceMs?: number | undefined;
}

/**
 * The pause in force now, read from the metadata of `control/pause`; `undefined`: the queue starts keys. An `until` that does not
 * parse means no end: the safe reading.
 */
export function pauseAt(metadata: Readonly<Record<string, string>> | undefined, nowMs: number): Pause | undefined {
  if (!metadata) return undefined;
  const untilMs = parseInstant(metadata[PAUSE_META.until] ?? '');
  if (untilMs !== undefined && nowMs >= untilMs) return undefined;
  const sinceMs = parseInstant(metadata[PAUSE_META.since] ?? '');
  return { untilMs, reason: metadata[PAUSE_META.reason], by: metadata[PAUSE_META.by], sinceMs };
}

/** Whether the object `control/pause` pauses the queue now. */
export function isPaused(metadata: Readonly<Record<string, string>> | undefined, nowMs: number): boolean {
  return pauseAt(metadata, nowMs) !== undefined;
}
