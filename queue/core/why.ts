import { eligibleSinceMs, leasedSinceMs } from './census.ts';
import type { Entry } from './entry.ts';
import { parseOwner } from './lease.ts';
import { DEFAULT_LOCK } from './lock.ts';
import { judgeHolding, type SeenLock } from './orphan.ts';
import type { Pause } from './pause.ts';
import { formatMoment, formatSpan } from './span.ts';

/** All that is known of one key, and of the queue around it, at one moment. */
export interface Sight {
  readonly nowMs: number;
  readonly queued?: Entry | undefined;
  readonly leased?: Entry | undefined;
  readonly letter?: Entry | undefined;
  readonly pause?: Pause | undefined;
  /** The lock of the region that holds the lease, read after the lease. */
  readonly lock?: SeenLock | undefined;
  /** The queue around an eligible key, where it was counted. */
  readonly around?: Around | undefined;
}

export interface Around {
  /** Eligible keys that start before this one: of a higher priority, or of the same and older. */
  readonly ahead: number;
  readonly running: number;
  /** Keys that may run at once; absent where it is not known here. */
  readonly limit?: number | undefined;
  /** Regions whose dispatcher is at work: it holds its lock. */
  readonly working: number;
}

/** Between two ticks: an eligible key that no dispatcher has taken up by then waits for something. */
const TICK_MS = 60_000;

/** Why a key is not running, or what it is doing, in one sentence. */
export function whyNotRunning(sight: Sight): string {
  const { leased, queued, letter, pause } = sight;
  if (leased) return running(leased, sight);
  if (queued)
    return pause ? `${paused(pause, sight.nowMs)}; ${apartFromPause(queued, sight.nowMs)}` : waiting(queued, sight);
  if (letter) return dead(letter, sight.nowMs);
  return 'not in the queue: it was never queued, is done, or was dropped';
}

function running(leased: Entry, { nowMs, lock, queued, pause }: Sight): string {
  const holding = judgeHolding(leased, lock, nowMs, DEFAULT_LOCK);
  const owner = leased.owner === undefined ? undefined : parseOwner(leased.owner);
  const since = leasedSinceMs(leased, nowMs);
  const span = since === undefined ? '' : ` for ${formatSpan(nowMs - since)}`;
  if (holding !== 'held') {
    return `leased${span}, but its dispatcher is lost: the key is given back within a minute of the next tick`;
  }
  const where = owner ? ` in ${owner.region}` : ` by ${leased.owner ?? 'nobody that can be named'}`;
  const again = queued ? ', and queued again: it runs once more after that' : '';
  const finishing = pause ? ' (the queue is paused; what runs may finish)' : '';
  return `running${span}${where}, attempt ${leased.attempts}${again}${finishing}`;
}

function paused({ by, reason, untilMs }: Pause, nowMs: number): string {
  const who = by === undefined ? '' : ` by ${by}`;
  const why = reason === undefined ? '' : `: ${JSON.stringify(reason)}`;
  const end = untilMs === undefined ? ', until somebody resumes it' : `, until ${formatMoment(untilMs, nowMs)}`;
  return `queue paused${who}${why}${end}`;
}

function apartFromPause(queued: Entry, nowMs: number): string {
  const dueMs = queued.notBeforeMs ?? 0;
  return dueMs > nowMs ? `and the key itself waits until ${formatMoment(dueMs, nowMs)}` : 'the key could run otherwise';
}

function waiting(queued: Entry, sight: Sight): string {
  const { nowMs } = sight;
  const { notBeforeMs = 0, floor, lastError, attempts, lastAttemptedSeconds } = queued;
  if (notBeforeMs <= nowMs) return eligible(queued, sight);
  const when = formatMoment(notBeforeMs, nowMs);
  if (floor) return `waiting until ${when}: a floor set by its reconciler, which enqueues do not bring forward`;
  if (lastError === undefined) return `waiting until ${when}, as it was asked for`;
  const failed = lastAttemptedSeconds === undefined ? '' : ` ${formatSpan(nowMs - lastAttemptedSeconds * 1000)} ago`;
  // What was never started, or interrupted, spends no attempt and yet may have an error.
  const what = attempts > 0 ? `attempt ${attempts} failed${failed}` : `not started${failed}`;
  return `waiting until ${when}: ${what}: ${JSON.stringify(lastError)}`;
}

function eligible(queued: Entry, { nowMs, around }: Sight): string {
  const since = eligibleSinceMs(queued);
  const ageMs = since === undefined ? undefined : Math.max(0, nowMs - since);
  const span = ageMs === undefined ? 'eligible' : `eligible for ${formatSpan(ageMs)}`;
  const failed = queued.lastError === undefined ? '' : `; last time: ${JSON.stringify(queued.lastError)}`;
  if (!around) return `${span}${failed}`;
  const { ahead, running: count, limit, working } = around;
  const before = ahead === 0 ? 'nothing before it' : `${ahead} before it`;
  if (working === 0) {
    const late = ageMs !== undefined && ageMs > 2 * TICK_MS;
    const then = late
      ? 'ticks do not reach a dispatcher, or it cannot start: levelset doctor'
      : 'the next tick wakes one within a minute';
    return `${span}, but no dispatcher is at work: ${then}${failed}`;
  }
  // Some leases are taken ahead of their run, or are being settled.
  if (limit !== undefined && count >= limit)
    return `${span}, queue full: ${limit} of ${limit} running, ${before}${failed}`;
  const slots = limit === undefined ? `${count} running` : `${count} of ${limit} running`;
  return `${span}, ${slots}, ${before}: it should start at any moment${failed}`;
}

function dead({ cause, lastError, attempts, failedMs, redrivenMs }: Entry, nowMs: number): string {
  if (redrivenMs !== undefined) {
    return `redriven ${formatMoment(redrivenMs, nowMs)}, but neither queued nor running since: it was dropped, or is just moving`;
  }
  const when = failedMs === undefined ? '' : ` since ${formatMoment(failedMs, nowMs)}`;
  const why = cause === 'rejected' ? 'rejected by its reconciler' : `given up after ${attempts} attempts`;
  return `dead${when}: ${why}${lastError === undefined ? '' : `: ${JSON.stringify(lastError)}`}`;
}
