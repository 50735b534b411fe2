/** After a cut nothing is asked for so long. */
const REST_MS = 500;
/** Answers are counted over so long. */
const COUNT_MS = 1_000;
/** Refusals in that time that say something of the bucket, rather than of one object that is written too often. */
const LEAST_REFUSALS = 3;
/** And the part of all answers that they are to make up. */
const REFUSED_PART = 0.1;

/**
 * How many leases may be fetched at once, by what the bucket has said: halved when it refuses for rate, and one more for every
 * round of leases it gives. A fresh bucket takes about a thousand writes a second until it has scaled itself up (Cloud
 * Storage's "Request rate and access distribution guidelines"): pressing on would be answered with errors, and not faster.
 */
export interface Congestion {
  readonly window: number;
  /** Monotonic ms before which no lease is to be asked for. */
  readonly restUntilMs: number;
  /** Since when answers are counted (monotonic ms), how many there were, and how many of them were refusals. */
  readonly sinceMs: number;
  readonly answers: number;
  readonly refusals: number;
}

export const CLEAR: Congestion = {
  window: Number.POSITIVE_INFINITY,
  restUntilMs: Number.NEGATIVE_INFINITY,
  sinceMs: Number.NEGATIVE_INFINITY,
  answers: 0,
  refusals: 0,
};

/** The window after a lease was given or refused, with so many others `underWay`. */
export function afterLease(before: Congestion, given: boolean, underWay: number, nowMs: number): Congestion {
  const fresh = nowMs >= before.sinceMs + COUNT_MS;
  const counted = fresh ? { ...before, sinceMs: nowMs, answers: 0, refusals: 0 } : before;
  const answers = counted.answers + 1;
  if (given) return { ...counted, answers, window: counted.window + 1 / counted.window };
  const refusals = counted.refusals + 1;
  const telling = refusals >= LEAST_REFUSALS && refusals >= REFUSED_PART * answers;
  // Those that were under way at the cut say nothing new.
  if (!telling || nowMs < counted.restUntilMs) return { ...counted, answers, refusals };
  const window = Math.max(1, Math.floor(Math.min(counted.window, underWay) / 2));
  return { window, restUntilMs: nowMs + REST_MS, sinceMs: nowMs, answers: 0, refusals: 0 };
}
