/**
 * How many pushes of one subscription may be unanswered: grows by one with every success (so it doubles per round trip)
 * and halves with every failure. The service starts slowly in the same way; its numbers are not published.
 */
export interface PushWindow {
  readonly size: number;
  /** In a row. */
  readonly failures: number;
}

const START_SIZE = 16;
const MAX_SIZE = 1000;

/** Bounds of the pause between pushes that keep failing (Pub/Sub documentation, "Push backoff"). */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 60_000;

export const openWindow: PushWindow = { size: START_SIZE, failures: 0 };

export function widened({ size }: PushWindow): PushWindow {
  return { size: Math.min(MAX_SIZE, size + 1), failures: 0 };
}

export function narrowed({ size, failures }: PushWindow): PushWindow {
  return { size: Math.max(1, Math.floor(size / 2)), failures: failures + 1 };
}

/** The wait before the next push, 0 after a success. */
export function pauseMs({ failures }: PushWindow): number {
  return failures === 0 ? 0 : Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** (failures - 1));
}
