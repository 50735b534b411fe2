const REJECTED = Symbol.for('levelset.rejected');

/** Thrown from anywhere below a handler: never try this key again. As {@link reject}, for code that cannot return an answer. */
export class RejectedError extends Error {
  readonly [REJECTED] = true;

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'RejectedError';
  }
}

export function isRejectedError(value: unknown): value is RejectedError {
  return value instanceof Error && REJECTED in value;
}
