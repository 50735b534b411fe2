import { formatMillis, parseInstant } from './instant.ts';

/** The life of a region lock. All in ms; the defaults bound recovery to under a minute. */
export interface LockTimes {
  /** From the sending of a refresh to `expires`. */
  readonly lifeMs: number;
  /** Clocks of different machines are assumed to agree this well, twice over: the holder stops before, others act after. */
  readonly marginMs: number;
}

export const DEFAULT_LOCK: LockTimes = { lifeMs: 30_000, marginMs: 2_000 };

/** Names of the metadata of a lock object. */
export const LOCK_META = { expires: 'expires', instance: 'instance', wanted: 'wanted', nudge: 'nudge' } as const;

/** What a lock object says. */
export interface LockState {
  /** Unix ms; 0 if it does not parse: such a lock would otherwise stand for ever. */
  readonly expiresMs: number;
  readonly instance: string;
  /** The instance that asks for a handover. */
  readonly wanted?: string | undefined;
  /** Differs from before: an instance that got a hint, but does not hold the lock, asks for a sweep. */
  readonly nudge?: string | undefined;
}

export function decodeLock(metadata: Readonly<Record<string, string>>): LockState {
  return {
    expiresMs: parseInstant(metadata[LOCK_META.expires] ?? '') ?? 0,
    instance: metadata[LOCK_META.instance] ?? '',
    wanted: metadata[LOCK_META.wanted],
    nudge: metadata[LOCK_META.nudge],
  };
}

export function encodeLock(expiresMs: number, instance: string): Record<string, string> {
  return { [LOCK_META.expires]: formatMillis(expiresMs), [LOCK_META.instance]: instance };
}

/** Whether others may act on a lock: its holder has stopped believing in it by then, on any clock within the margin. */
export function isLapsed(lock: LockState, nowMs: number, times: LockTimes): boolean {
  return nowMs >= lock.expiresMs + times.marginMs;
}

/** Until when a holder may believe in its lock: counted from the *sending* of the request that set it, on both clocks. */
export interface HoldingDeadline {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function holdingDeadline(sentWallMs: number, sentMonotonicMs: number, times: LockTimes): HoldingDeadline {
  const trustMs = times.lifeMs - times.marginMs;
  return { wallMs: sentWallMs + trustMs, monotonicMs: sentMonotonicMs + trustMs };
}

/** Both clocks have to agree: the wall clock sees the sleep of a machine, the monotonic one a clock that was set back. */
export function isHolding(deadline: HoldingDeadline, wallMs: number, monotonicMs: number): boolean {
  return wallMs < deadline.wallMs && monotonicMs < deadline.monotonicMs;
}

/** How many keys a region may run: an equal part of the limit, the remainder going to the first regions in order. */
export function fairShare(concurrency: number, regions: readonly string[], region: string): number {
  const index = regions.indexOf(region);
  if (index < 0) return 0;
  return Math.floor(concurrency / regions.length) + (index < concurrency % regions.length ? 1 : 0);
}
