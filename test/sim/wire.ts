import { Metadata, status } from '@grpc/grpc-js';
import { INTERRUPTED, RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import { answerOf, type Reply } from '../../services/rpc/answer.ts';
import { workqueueService } from '../../services/rpc/definition.ts';
import type { Answer } from '../../services/rpc/reconciler-port.ts';
import { replyFor } from '../../services/rpc/reply.ts';
import { noRetryReason } from '../../services/rpc/status.ts';

/** What a reconciler says when its process dies in mid-run. */
export const CRASH = 'crash';

const { Process } = workqueueService;
const NO_TRAILER = new Metadata();

/** An outcome as it arrives at a dispatcher: through the bytes, the status and the trailer of the protocol. */
export function overTheWire(outcome: Outcome): Answer {
  return answerOf(replyOf(outcome), 'marks');
}

function replyOf(outcome: Outcome): Reply {
  if (outcome.kind === 'failed' && outcome.error === CRASH) return broken('connection reset', true);
  if (outcome.kind === 'unreachable') return broken(outcome.error, false);
  const reply = replyFor(outcome);
  if (reply.kind === 'response') {
    const trailer = reply.trailer ?? NO_TRAILER;
    const response = Process.responseDeserialize(Process.responseSerialize(reply.response));
    const interrupted = trailer.get(RPC_METADATA.outcome).includes(INTERRUPTED);
    return { kind: 'response', response, marked: true, interrupted };
  }
  const { code, details: text, metadata = NO_TRAILER } = reply.error;
  const noRetry = noRetryReason(metadata);
  return { kind: 'error', code, text, marked: true, connected: true, noRetry, deadlineMs: 0 };
}

/** The connection broke, or there was none. */
function broken(text: string, marked: boolean): Reply {
  return { kind: 'error', code: status.UNAVAILABLE, text, marked, connected: marked, deadlineMs: 0 };
}
