/**
 * What a caller may have to act on:
 *
 * - `unavailable`: something outside did not answer; the same call may succeed later.
 * - `invalid`: the caller's input breaks a rule, which the message names; the same call will never succeed.
 * - `corrupt`: what lies in the bucket cannot be understood.
 * - `internal`: a bug of ours.
 */
export type QueueErrorKind = 'unavailable' | 'invalid' | 'corrupt' | 'internal';

/** The one exception class of the queue. Lost races, missing keys and pauses are return values, never thrown. */
export class QueueError extends Error {
  readonly kind: QueueErrorKind;

  constructor(kind: QueueErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'QueueError';
    this.kind = kind;
  }
}

/** What was thrown, as an error: anything may be thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
