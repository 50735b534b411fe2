import type { Answer } from './answer.ts';
import type { Log } from './log.ts';

/** What a handler is given. */
export interface HandlerContext {
  /** The name of what to bring to its desired state. */
  readonly key: string;
  readonly priority: number;
  /** From 1, which is also what a dispatcher that does not say counts as. */
  readonly attempt: number;
  /**
   * Grows with every lease of the key: a store of yours that remembers the highest one it saw can refuse a run that was
   * overtaken. 0 from a dispatcher that has none.
   */
  readonly fence: number;
  /** The name of the queue; empty from a dispatcher that does not say. */
  readonly queue: string;
  /** Aborts when the lease is lost, the deadline has passed, or this instance stops: leave off, nobody waits for the result. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** W3C trace context of the attempt. */
  readonly traceparent?: string;
}

/**
 * Brings the thing named by a key to its desired state. Safe to repeat: a key runs at least once, and may run again after a crash.
 * A thrown error is retried with growing waits.
 */
export type Handler = (context: HandlerContext) => Answer | Promise<Answer>;

export interface Reconciler {
  readonly handler: Handler;
}

export function defineReconciler(handler: Handler): Reconciler {
  return Object.freeze({ handler });
}
