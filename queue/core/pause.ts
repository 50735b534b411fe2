import { parseInstant } from './instant.ts';

/** Names of the metadata of `control/pause`. */
export const PAUSE_META = { until: 'until', reason: 'reason', by: 'by' } as const;

/** Whether the object `control/pause` pauses the queue now. An `until` that does not parse means no end: the safe reading. */
export function isPaused(metadata: Readonly<Record<string, string>> | undefined, nowMs: number): boolean {
  if (!metadata) return false;
  const until = metadata[PAUSE_META.until];
  if (until === undefined) return true;
  const untilMs = parseInstant(until);
  return untilMs === undefined || nowMs < untilMs;
}
