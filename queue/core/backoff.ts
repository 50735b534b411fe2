/** How failures are retried. */
export interface RetryPolicy {
  /** Attempts after which a failing key becomes a dead letter; 0 = never. */
  readonly maxAttempts: number;
  /** Wait after the first failure. */
  readonly backoffMs: number;
  /** The wait doubles with each failure up to this, jitter apart. */
  readonly backoffMaxMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 100, backoffMs: 30_000, backoffMaxMs: 600_000 };

/** The wait after the `attempts`-th failure: doubling, bounded, plus up to half as jitter. `unit` is uniform in [0, 1). */
export function backoffMs(attempts: number, policy: RetryPolicy, unit: number): number {
  const exponent = Math.min(Math.max(attempts, 1) - 1, 40);
  const wait = Math.min(policy.backoffMs * 2 ** exponent, policy.backoffMaxMs);
  return Math.round(wait * (1 + unit / 2));
}
