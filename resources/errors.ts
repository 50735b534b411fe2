/**
 * What a caller of the store may have to act on:
 *
 * - `NotFound`: there is no such resource.
 * - `AlreadyExists`: a resource with this UID is there.
 * - `Conflict`: the resource is no longer at the version that the caller named.
 * - `Invalid`: what is to be written breaks rules; all of them are named.
 */
export type ResourceErrorKind = 'NotFound' | 'AlreadyExists' | 'Conflict' | 'Invalid';

/** The one exception class of this library. What the store itself cannot do is a `QueueError`. */
export class ResourceError extends Error {
  readonly kind: ResourceErrorKind;
  /** Of `Invalid`: every rule that is broken, one sentence each. */
  readonly problems: readonly string[];

  constructor(kind: ResourceErrorKind, message: string, problems: readonly string[] = []) {
    super(message);
    this.name = 'ResourceError';
    this.kind = kind;
    this.problems = problems;
  }
}

export function invalid(problems: readonly string[]): ResourceError {
  return new ResourceError('Invalid', problems.join('; '), problems);
}
