import type { Key } from '../../queue/core/key.ts';
import type { Outcome } from '../../queue/core/outcome.ts';

/** One run of a key. */
export interface Call {
  readonly key: Key;
  readonly priority: number;
  /** From 1. */
  readonly attempt: number;
  readonly fence: number;
  /** The name of the queue. */
  readonly queue: string;
  /** W3C trace context that the run is to be linked to. */
  readonly traceparent?: string | undefined;
  /** Aborts when the lease is lost or the dispatcher stops: the call is cancelled. */
  readonly signal: AbortSignal;
  /** Milliseconds from now until the run counts as timed out. */
  readonly deadlineMs: number;
}

export interface Answer {
  readonly outcome: Outcome;
  /** Whether the run may have begun. `false` = the reconciler was certainly not reached, or turned the call away. */
  readonly started: boolean;
}

/** What the dispatcher needs of a reconciler. */
export interface ReconcilerCaller {
  /** Never rejects: whatever goes wrong is an outcome. A call cancelled by its signal is `interrupted`. */
  process(call: Call): Promise<Answer>;
  close(): void;
}
