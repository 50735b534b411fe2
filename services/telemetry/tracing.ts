import type { EventName } from '../../catalogue/events.ts';

/** A piece of work under way, in the trace it belongs to. */
export interface Span {
  /** W3C trace context to hand on; without tracing, the one that came in. */
  readonly traceparent: string | undefined;
  /** `error`: what went wrong, where something did. */
  end(result: { readonly event: EventName; readonly error?: string | undefined }): void;
}

export interface AttemptStart {
  readonly key: string;
  readonly queue: string;
  readonly attempt: number;
  /** The context that the enqueue left on the entry. */
  readonly traceparent: string | undefined;
  /** No run of this entry came before. */
  readonly first: boolean;
}

/** Where spans begin. */
export interface Tracing {
  /**
   * An attempt: a trace of its own, with a link to the enqueue. Only the first attempt after an enqueue goes on with the enqueue's
   * trace: a key lives as long as what it names, and one trace of months would be of no use to anyone.
   */
  attempt(start: AttemptStart): Span;
  /** An enqueue, in the trace of who asked for it. */
  enqueue(start: { readonly key: string; readonly traceparent: string | undefined }): Span;
}

/** No tracing: contexts are handed on as they came. */
export const noTracing: Tracing = {
  attempt: ({ traceparent }) => ({ traceparent, end() {} }),
  enqueue: ({ traceparent }) => ({ traceparent, end() {} }),
};
