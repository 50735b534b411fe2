import { status } from '@grpc/grpc-js';
import type { ProcessResponse__Output } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import { oneLine } from '../../queue/core/text.ts';
import type { Answer } from './reconciler-port.ts';
import { outcomeFromResponse } from './convert.ts';

/** How a call ended, as gRPC tells it. */
export type Reply =
  | {
      readonly kind: 'response';
      readonly response: ProcessResponse__Output;
      /** The `x-levelset-started` mark came first. */
      readonly marked: boolean;
      /** The `x-levelset-outcome: interrupted` trailer came with it. */
      readonly interrupted: boolean;
    }
  | {
      readonly kind: 'error';
      readonly code: status;
      readonly text: string;
      readonly marked: boolean;
      /** Whether there was a connection at any time during the call. */
      readonly connected: boolean;
      /** The message of a `NoRetryDetails`. */
      readonly noRetry?: string | undefined;
      /** What the deadline was, for its message. */
      readonly deadlineMs: number;
    }
  /** We cancelled it. */
  | { readonly kind: 'cancelled'; readonly marked: boolean };

/** Whether the server marks its starts (ours do, Go servers do not). Learned from its answers, since nothing else tells. */
export type Marking = 'unknown' | 'marks' | 'plain';

/** What a reply teaches about the server. The newest wins: a rollout may replace one kind by the other. */
export function learn(known: Marking, reply: Reply): Marking {
  if (reply.marked) return 'marks';
  // Without a mark, only what a handler says itself proves that the server has none to send: the rest may be a front end's.
  const handled = reply.kind === 'response' || (reply.kind === 'error' && isRejection(reply));
  return handled ? 'plain' : known;
}

/** Turns how a call ended into what became of the run. The only place that does. */
export function answerOf(reply: Reply, marking: Marking): Answer {
  switch (reply.kind) {
    case 'response':
      return { outcome: outcomeFromResponse(reply.response, reply.interrupted), started: true };
    case 'cancelled':
      return { outcome: { kind: 'interrupted', delayMs: 0 }, started: reply.marked };
    case 'error': {
      if (isRejection(reply)) return { outcome: rejectedFor(reply), started: true };
      const error = oneLine(sentence(reply));
      if (neverStarted(reply, marking)) return { outcome: { kind: 'unreachable', error }, started: false };
      return { outcome: { kind: 'failed', error }, started: true };
    }
    default:
      return reply satisfies never;
  }
}

type ErrorReply = Extract<Reply, { kind: 'error' }>;

/** Meant by a `NoRetryDetails`; a plain INVALID_ARGUMENT is how Go reconcilers without it say the same. */
function isRejection(reply: ErrorReply): boolean {
  return reply.noRetry !== undefined || reply.code === status.INVALID_ARGUMENT;
}

function rejectedFor(reply: ErrorReply): Outcome {
  return { kind: 'rejected', reason: oneLine(reply.noRetry || reply.text) || 'rejected without a reason' };
}

/** Whether the handler certainly did not begin, so that nothing is spent. */
function neverStarted(reply: ErrorReply, marking: Marking): boolean {
  if (reply.marked) return false;
  switch (reply.code) {
    // No identity, no permission, no such service: turned away at the door.
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
    case status.UNIMPLEMENTED:
      return true;
    // Nobody there, or a crash in mid-run? Only a server that marks its starts lets the two be told apart behind a front end,
    // which is always connected. Of an unknown server the milder is believed: it costs a call, not an attempt.
    case status.UNAVAILABLE:
      return marking !== 'plain' || !reply.connected;
    // Waited for an instance until the deadline, or was turned away for load.
    case status.DEADLINE_EXCEEDED:
    case status.RESOURCE_EXHAUSTED:
      return marking === 'marks';
    default:
      return false;
  }
}

function sentence(reply: ErrorReply): string {
  const text = reply.text.trim();
  switch (reply.code) {
    // What a plain error of a handler becomes; the name of the code would add nothing.
    case status.UNKNOWN:
      return text || 'failed without a message';
    case status.DEADLINE_EXCEEDED:
      return `timeout: no answer within ${reply.deadlineMs / 1000} s`;
    case status.UNAVAILABLE:
      return `${reply.marked ? 'the reconciler went away in mid-run' : 'the reconciler is not available'}: ${text}`;
    default:
      return `${status[reply.code] ?? reply.code}: ${text}`;
  }
}
