import type { CensusTaker } from '../../queue/census.ts';
import { type Census, type Counted, eligibleSinceMs, leasedSinceMs } from '../../queue/core/census.ts';
import type { Pause } from '../../queue/core/pause.ts';
import { FirstFew } from './first-few.ts';

/** Keys named per group. */
const LISTED = 50;

export interface KeyRow {
  readonly key: string;
  readonly priority: number;
  readonly attempts: number;
  /**
   * Unix ms, by the group: an eligible key has been so since then, a waiting one is so from then on, a running one has run since its
   * lease was taken, a dead one has been dead. Absent where the entry does not say.
   */
  readonly atMs?: number | undefined;
  readonly owner?: string | undefined;
  readonly cause?: string | undefined;
  readonly lastError?: string | undefined;
}

export interface KeyGroup {
  readonly count: number;
  /** Unix ms: the smallest `atMs` of all in the group. */
  readonly oldestMs?: number | undefined;
  /** Those that an operator asks for first: the longest eligible, the next due, the longest running, the last to die. */
  readonly keys: readonly KeyRow[];
}

/** What lies in the bucket, sorted as an operator thinks of it. */
export interface Snapshot {
  readonly eligible: KeyGroup;
  readonly waiting: KeyGroup;
  readonly running: KeyGroup;
  readonly dead: KeyGroup;
  /** Running keys that somebody enqueued meanwhile: each runs again. */
  readonly touched: number;
  /** Present while the queue is paused. */
  readonly pause?: Pause | undefined;
}

/** Reads the bucket; names only keys in which, or in whose last error, `find` occurs. Throws `QueueError` `unavailable`. */
export async function takeSnapshot(taker: CensusTaker, nowMs: number, find = ''): Promise<Snapshot> {
  const rows = {
    eligible: new FirstFew<KeyRow>(LISTED, (a, b) => b.priority - a.priority || earlier(a, b)),
    waiting: new FirstFew<KeyRow>(LISTED, earlier),
    running: new FirstFew<KeyRow>(LISTED, earlier),
    dead: new FirstFew<KeyRow>(LISTED, (a, b) => earlier(b, a)),
  };
  const census = await taker.take((counted) => {
    const { key, standing, entry } = counted;
    if (standing === 'touched' || standing === 'redriven') return;
    if (find === '' || key.includes(find) || entry.lastError?.includes(find)) rows[standing].add(rowOf(counted, nowMs));
  });
  return {
    eligible: group(census.counts.eligible, census.oldestEligibleMs, rows.eligible),
    waiting: group(census.counts.waiting, census.nextDueMs, rows.waiting),
    running: group(census.counts.running, census.longestRunningMs, rows.running),
    dead: group(census.counts.dead, census.oldestDeadMs, rows.dead),
    touched: census.counts.touched,
    pause: census.pause,
  };
}

function group(count: number, oldestMs: Census['nextDueMs'], rows: FirstFew<KeyRow>): KeyGroup {
  return { count, oldestMs, keys: rows.items() };
}

function rowOf({ key, standing, entry }: Counted, nowMs: number): KeyRow {
  const { priority, attempts, owner, cause, lastError } = entry;
  const row = { key, priority, attempts, owner, cause, lastError };
  if (standing === 'eligible') return { ...row, atMs: eligibleSinceMs(entry) };
  if (standing === 'waiting') return { ...row, atMs: entry.notBeforeMs };
  if (standing === 'running') return { ...row, atMs: leasedSinceMs(entry, nowMs) };
  return { ...row, atMs: entry.failedMs };
}

/** Unknown times come last. */
function earlier(a: KeyRow, b: KeyRow): number {
  return (a.atMs ?? Number.MAX_SAFE_INTEGER) - (b.atMs ?? Number.MAX_SAFE_INTEGER);
}
