import { type ChannelCredentials, Metadata, status, type StatusObject } from '@grpc/grpc-js';
import { INTERRUPTED, RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import type { ProcessResponse__Output } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Answer, Call, ReconcilerCaller } from './reconciler-port.ts';
import type { Address } from './address.ts';
import { answerOf, learn, type Marking, type Reply } from './answer.ts';
import { Channel } from './channel.ts';
import { workqueueService } from './definition.ts';
import { noRetryReason } from './status.ts';

/**
 * Calls planned for one channel. Google's front end allows 100 streams on a connection; the rest is room for cancelled calls
 * that the other side has yet to let go.
 */
export const CALLS_PER_CHANNEL = 80;

export interface GrpcCallerOptions {
  readonly address: Address;
  readonly credentials: ChannelCredentials;
  /** How many calls this dispatcher makes at once, at most. */
  readonly share: number;
  readonly clock: Clock;
}

/** Calls a reconciler over gRPC. Connects with the first call, and again by itself. */
export function grpcCaller(options: GrpcCallerOptions): ReconcilerCaller {
  const { address, credentials, share, clock } = options;
  const count = Math.max(1, Math.ceil(share / CALLS_PER_CHANNEL));
  const channels = Array.from({ length: count }, () => new Channel(address, credentials));
  let marking: Marking = 'unknown';

  return {
    async process(call): Promise<Answer> {
      if (call.signal.aborted) return answerOf({ kind: 'cancelled', marked: false }, marking);
      const channel = channels.reduce((least, next) => (next.running < least.running ? next : least));
      channel.running++;
      const reply = await send(channel, call, clock);
      channel.running--;
      marking = learn(marking, reply);
      return answerOf(reply, marking);
    },
    close() {
      for (const channel of channels) channel.close();
    },
  };
}

function send(channel: Channel, call: Call, clock: Clock): Promise<Reply> {
  return new Promise((resolve) => {
    const wasConnected = channel.observe();
    const { Process } = workqueueService;
    let response: ProcessResponse__Output | undefined;
    let marked = false;
    const request = channel.client.makeUnaryRequest(
      Process.path,
      Process.requestSerialize,
      Process.responseDeserialize,
      { key: call.key, priority: call.priority },
      requestMetadata(call),
      { deadline: clock.now() + call.deadlineMs },
      (_error, value) => {
        response = value;
      },
    );
    const cancel = () => request.cancel();
    call.signal.addEventListener('abort', cancel, { once: true });
    request.on('metadata', (initial) => {
      marked = initial.get(RPC_METADATA.started).length > 0;
    });
    // The end of every call, after the callback; the only place that has the trailer of a good answer too.
    request.on('status', (end: StatusObject) => {
      call.signal.removeEventListener('abort', cancel);
      if (response && end.code === status.OK) {
        const interrupted = end.metadata.get(RPC_METADATA.outcome).includes(INTERRUPTED);
        resolve({ kind: 'response', response, marked, interrupted });
      } else if (call.signal.aborted) {
        resolve({ kind: 'cancelled', marked });
      } else {
        const { code, details: text, metadata } = end;
        const noRetry = noRetryReason(metadata);
        const connected = wasConnected();
        resolve({ kind: 'error', code, text, marked, connected, noRetry, deadlineMs: call.deadlineMs });
      }
    });
  });
}

function requestMetadata(call: Call): Metadata {
  const metadata = new Metadata();
  metadata.set(RPC_METADATA.attempt, String(call.attempt));
  metadata.set(RPC_METADATA.fence, String(call.fence));
  metadata.set(RPC_METADATA.queue, call.queue);
  if (call.traceparent !== undefined) metadata.set(RPC_METADATA.traceparent, call.traceparent);
  return metadata;
}
