/** Pub/Sub's retry policy: the wait before a message that was nacked, or whose deadline passed, is delivered again. */
export interface RetryPolicy {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** After `maxAttempts` deliveries without an ack the message goes to `topic`. */
interface DeadLetterPolicy {
  readonly topic: string;
  readonly maxAttempts: number;
}

export interface DeliveryPolicy {
  /** None: at once. */
  readonly retry: RetryPolicy | undefined;
  readonly deadLetter: DeadLetterPolicy | undefined;
}

export type Fate =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'bury'; readonly topic: string; readonly otherwiseDelayMs: number };

/**
 * Decides what becomes of a message after its `failures`-th failed delivery (1 or more). The service keeps both counts
 * and waits by best effort; here they are exact, without jitter, so that a test can count on them.
 */
export function afterFailure(failures: number, policy: DeliveryPolicy): Fate {
  const delayMs = policy.retry === undefined ? 0 : backoffMs(failures, policy.retry);
  const { deadLetter } = policy;
  if (deadLetter !== undefined && failures >= deadLetter.maxAttempts) {
    return { kind: 'bury', topic: deadLetter.topic, otherwiseDelayMs: delayMs };
  }
  return { kind: 'retry', delayMs };
}

/** Doubles from the minimum up to the maximum. */
function backoffMs(failures: number, { minBackoffMs, maxBackoffMs }: RetryPolicy): number {
  return Math.min(maxBackoffMs, minBackoffMs * 2 ** (failures - 1));
}
