import { backoffMs, type RetryPolicy } from './backoff.ts';
import type { Entry } from './entry.ts';
import type { Outcome } from './outcome.ts';
import { oneLine } from './text.ts';

/** A floor asked for by a reconciler is at most this far away: a debounce without a ceiling would starve a busy key. */
export const MAX_FLOOR_MS = 3_600_000;

/** From this many dispatchers lost in a row on, the attempt stays spent: it may be the key that kills them. */
export const SPENDING_RECOVERIES = 5;

/** What is to become of a leased key. */
export type Settlement =
  | { readonly kind: 'complete' }
  /** Back into the queue as `entry`. */
  | { readonly kind: 'requeue'; readonly entry: Entry }
  | { readonly kind: 'bury'; readonly entry: Entry };

/**
 * Decides the fate of a leased key.
 *
 * Only `failed` spends an attempt: a reconciler that asks to be called back is healthy, and an instance that was told to shut
 * down, or was never reached, says nothing about the key. `leased.attempts` counts the run that is being settled. `unit` is
 * uniform in [0, 1).
 */
export function settle(outcome: Outcome, leased: Entry, nowMs: number, policy: RetryPolicy, unit: number): Settlement {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'complete' };
    case 'enqueue':
      if (outcome.requeueMs === undefined) return { kind: 'complete' };
      return calledBack(leased, outcome.requeueMs, outcome.floor ?? false, nowMs);
    case 'requeue':
      return calledBack(leased, outcome.delayMs, outcome.floor, nowMs);
    case 'interrupted':
      return givenBack(leased, outcome.delayMs, nowMs);
    case 'unreachable':
      return givenBack({ ...leased, lastError: oneLine(outcome.error) }, Math.round(5_000 * (1 + unit)), nowMs);
    case 'failed': {
      const failed = { ...returned(leased, nowMs), lastError: oneLine(outcome.error) };
      if (isExhausted(leased.attempts, policy)) return bury(failed, 'exhausted', nowMs);
      return { kind: 'requeue', entry: { ...failed, notBeforeMs: nowMs + backoffMs(leased.attempts, policy, unit) } };
    }
    case 'rejected':
      return bury({ ...returned(leased, nowMs), lastError: oneLine(outcome.reason) }, 'rejected', nowMs);
    default:
      return outcome satisfies never;
  }
}

/** Decides the fate of a key whose dispatcher was lost: the attempt is given back, up to the fourth time in a row. */
export function settleRecovery(leased: Entry, nowMs: number, policy: RetryPolicy): Settlement {
  const recoveries = (leased.recoveries ?? 0) + 1;
  const spent = recoveries >= SPENDING_RECOVERIES;
  const entry: Entry = {
    ...returned(leased, nowMs),
    recoveries,
    attempts: spent ? leased.attempts : Math.max(0, leased.attempts - 1),
  };
  if (!spent) return { kind: 'requeue', entry };
  const lastError = `the dispatcher was lost ${recoveries} times in a row while it ran this key`;
  if (isExhausted(entry.attempts, policy)) return bury({ ...entry, lastError }, 'exhausted', nowMs);
  return { kind: 'requeue', entry: { ...entry, lastError, notBeforeMs: nowMs + policy.backoffMs } };
}

/** The lease taken off: queued again, eligible now, with nothing else changed. An answer clears the recoveries. */
function returned(leased: Entry, nowMs: number): Entry {
  return {
    ...leased,
    owner: undefined,
    leaseExpirationMs: undefined,
    notBeforeMs: undefined,
    floor: undefined,
    recoveries: undefined,
    bump: undefined,
    lastAttemptedSeconds: Math.floor(nowMs / 1000),
  };
}

function calledBack(leased: Entry, delayMs: number, floor: boolean, nowMs: number): Settlement {
  const waitMs = Math.max(0, floor ? Math.min(delayMs, MAX_FLOOR_MS) : delayMs);
  const timing = waitMs > 0 || floor ? { notBeforeMs: nowMs + waitMs, floor: floor || undefined } : {};
  return { kind: 'requeue', entry: { ...returned(leased, nowMs), attempts: 0, lastError: undefined, ...timing } };
}

function givenBack(leased: Entry, delayMs: number, nowMs: number): Settlement {
  const timing = delayMs > 0 ? { notBeforeMs: nowMs + delayMs } : {};
  const attempts = Math.max(0, leased.attempts - 1);
  // No answer about the key: the count of lost dispatchers goes on.
  const { recoveries } = leased;
  return { kind: 'requeue', entry: { ...returned(leased, nowMs), attempts, recoveries, ...timing } };
}

function bury(entry: Entry, cause: 'exhausted' | 'rejected', nowMs: number): Settlement {
  const dead: Entry = { ...entry, cause, failedMs: nowMs, redriveOf: undefined, redrivenMs: undefined };
  return { kind: 'bury', entry: dead };
}

function isExhausted(attempts: number, policy: RetryPolicy): boolean {
  return policy.maxAttempts > 0 && attempts >= policy.maxAttempts;
}
