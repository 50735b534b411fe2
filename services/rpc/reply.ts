import { Metadata, type sendUnaryData, status } from '@grpc/grpc-js';
import type { Journal } from '../../catalogue/events.ts';
import { INTERRUPTED, RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import type { ProcessResponse } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import { oneLine } from '../../queue/core/text.ts';
import { QueueError } from '../../queue/errors.ts';
import { responseFromOutcome } from './convert.ts';
import { type ErrorStatus, rejection } from './status.ts';

/** What a server answers to `Process`. */
export type WireReply =
  | { readonly kind: 'response'; readonly response: ProcessResponse; readonly trailer?: Metadata }
  | { readonly kind: 'error'; readonly error: ErrorStatus };

/** How a reconciler says an outcome, so that dispatchers of the protocol in any language understand it. */
export function replyFor(outcome: Outcome): WireReply {
  switch (outcome.kind) {
    case 'done':
    case 'requeue':
    case 'enqueue':
      return { kind: 'response', response: responseFromOutcome(outcome) };
    case 'interrupted': {
      const trailer = new Metadata();
      trailer.set(RPC_METADATA.outcome, INTERRUPTED);
      return { kind: 'response', response: responseFromOutcome(outcome), trailer };
    }
    // UNKNOWN is what a plain error of a Go handler becomes.
    case 'failed':
      return { kind: 'error', error: { code: status.UNKNOWN, details: oneLine(outcome.error) } };
    case 'unreachable':
      return { kind: 'error', error: { code: status.UNAVAILABLE, details: oneLine(outcome.error) } };
    case 'rejected':
      return { kind: 'error', error: rejection(oneLine(outcome.reason)) };
    default:
      return outcome satisfies never;
  }
}

/** Sends a reply through the callback of a gRPC handler. */
export function send(reply: WireReply, callback: sendUnaryData<ProcessResponse>): void {
  if (reply.kind === 'error') callback(reply.error);
  else callback(null, reply.response, reply.trailer);
}

/** The status for an error that a server ran into: the sentence where the caller can act on it, nothing of our insides otherwise. */
export function errorStatus(error: unknown, journal: Journal): ErrorStatus {
  const kind = error instanceof QueueError ? error.kind : 'internal';
  const sentence = error instanceof Error ? oneLine(error.message) : '';
  switch (kind) {
    case 'invalid':
      return { code: status.INVALID_ARGUMENT, details: sentence };
    case 'unavailable':
      journal.write('store.failed', { error });
      return { code: status.UNAVAILABLE, details: sentence };
    case 'corrupt':
    case 'internal':
      journal.write('internal.error', { error });
      return { code: status.INTERNAL, details: 'internal error: the log of this service says more' };
    default:
      return kind satisfies never;
  }
}
