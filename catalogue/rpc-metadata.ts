/**
 * What we add to the workqueue protocol travels in gRPC metadata under these names, so that its messages stay those of others.
 * Metadata that the other side does not know is ignored by it.
 */
export const RPC_METADATA = {
  /** Request: which attempt this is, from 1. */
  attempt: 'x-levelset-attempt',
  /** Request: the name of the queue. */
  queue: 'x-levelset-queue',
  /** Request: grows with every lease of the key; a reconciler's own store can refuse a run with a lower one. */
  fence: 'x-levelset-fence',
  /** Request: the trace context, as W3C writes it. */
  traceparent: 'traceparent',
  /** Response, initial metadata, `1`: the handler was about to run. What fails without it never began. */
  started: 'x-levelset-started',
  /** Response, trailer: see {@link INTERRUPTED}. */
  outcome: 'x-levelset-outcome',
  /** Response, trailer: a serialized google.rpc.Status. The name is gRPC's. */
  statusDetails: 'grpc-status-details-bin',
} as const;

/** Value of the `x-levelset-outcome` trailer: the instance was told to stop before the handler was through. */
export const INTERRUPTED = 'interrupted';

/** Type URL of the status detail that says that a key is not to be tried again. */
export const NO_RETRY_TYPE = 'type.googleapis.com/chainguard.workqueue.NoRetryDetails';
