import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { type Answer, answered, type Refusal, refused } from './answer.ts';
import type { Broker } from './broker.ts';
import { type Consumer, type Delivery, type Room, wireDelivery } from './delivery.ts';
import { statusOf } from './grpc.ts';
import { acknowledge, modifyAckDeadline } from './settling.ts';
import type { Subscription } from './subscription.ts';
import type { WireStreamingPullRequest, WireStreamingPullResponse } from './wire.ts';

type Call = ServerDuplexStream<WireStreamingPullRequest, WireStreamingPullResponse>;

/** Bounds of a stream's ack deadline (pubsub.proto, `StreamingPullRequest.stream_ack_deadline_seconds`). */
const MIN_DEADLINE_S = 10;
const MAX_DEADLINE_S = 600;

/** Most of one response, so that several streams share a burst. */
const BATCH_MESSAGES = 100;
const BATCH_BYTES = 1_000_000;

/** A client that reads slowly is sent no more while so many responses wait for it; the rest stays for others. */
const MAX_UNSENT = 4;

/** The client takes a stream for dead that does not answer its empty requests, from this version on. */
const KEEPALIVE_VERSION = 1;

/** The first request opens a stream on its subscription; later ones settle deliveries, or are empty to keep it alive. */
export function streamingPull(
  broker: Broker,
): handleBidiStreamingCall<WireStreamingPullRequest, WireStreamingPullResponse> {
  return (call) => {
    let stream: PullStream | undefined;
    let over = false;

    function finish(): void {
      over = true;
      stream?.close();
    }

    function refuse(why: Refusal): void {
      if (over) return;
      finish();
      call.emit('error', statusOf(why));
    }

    call.on('data', (request: WireStreamingPullRequest) => {
      // Requests may still come out of the transport's buffer after the client has gone.
      if (over) return;
      const answer = stream === undefined ? open(broker, call, refuse, request) : stream.receive(request);
      if (!answer.ok) refuse(answer);
      else if (stream === undefined) {
        stream = answer.value;
        stream.start();
      }
    });
    call.on('end', () => {
      finish();
      call.end();
    });
    call.on('cancelled', finish);
    call.on('close', finish);
  };
}

function open(
  broker: Broker,
  call: Call,
  refuse: (why: Refusal) => void,
  request: WireStreamingPullRequest,
): Answer<PullStream> {
  const found = broker.subscription(request.subscription);
  if (!found.ok) return found;
  if (found.value.config.push !== undefined) return refused('FAILED_PRECONDITION', 'subscription is a push one');
  const deadline = request.streamAckDeadlineSeconds;
  if (deadline < MIN_DEADLINE_S || deadline > MAX_DEADLINE_S) return badDeadline(deadline);
  const stream = new PullStream(call, found.value, refuse, request);
  const settled = stream.settle(request);
  return settled.ok ? answered(stream) : settled;
}

/** An open stream: what it holds, and how much more its client wants. Its leases outlive it. */
class PullStream implements Consumer {
  readonly #call: Call;
  readonly #subscription: Subscription;
  /** Ends the call with a status. */
  readonly #refuse: (why: Refusal) => void;
  readonly #keepsAlive: boolean;
  readonly #limit: Room;
  #deadlineMs: number;
  #heldMessages = 0;
  #heldBytes = 0;
  /** Responses that the transport has not taken yet. */
  #unsent = 0;
  #detach: () => void = () => {};

  constructor(call: Call, subscription: Subscription, refuse: (why: Refusal) => void, first: WireStreamingPullRequest) {
    this.#call = call;
    this.#refuse = refuse;
    this.#subscription = subscription;
    this.#keepsAlive = first.protocolVersion >= KEEPALIVE_VERSION;
    this.#deadlineMs = first.streamAckDeadlineSeconds * 1000;
    this.#limit = { messages: limitOf(first.maxOutstandingMessages), bytes: limitOf(first.maxOutstandingBytes) };
  }

  start(): void {
    this.#detach = this.#subscription.backlog.attach(this);
  }

  close(): void {
    this.#detach();
  }

  receive(request: WireStreamingPullRequest): Answer<this> {
    const { maxOutstandingMessages, maxOutstandingBytes, streamAckDeadlineSeconds } = request;
    if (request.subscription !== '') return refused('INVALID_ARGUMENT', 'subscription may only be set at first');
    if (maxOutstandingMessages !== 0 || maxOutstandingBytes !== 0 || request.protocolVersion !== 0) {
      return refused('INVALID_ARGUMENT', 'flow control and protocol_version may only be set at first');
    }
    if (streamAckDeadlineSeconds !== 0) {
      if (streamAckDeadlineSeconds < MIN_DEADLINE_S || streamAckDeadlineSeconds > MAX_DEADLINE_S) {
        return badDeadline(streamAckDeadlineSeconds);
      }
      this.#deadlineMs = streamAckDeadlineSeconds * 1000;
    }
    const settled = this.settle(request);
    if (!settled.ok) return settled;
    if (this.#keepsAlive && request.ackIds.length === 0 && request.modifyDeadlineAckIds.length === 0) this.#write([]);
    return answered(this);
  }

  settle({ ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds }: WireStreamingPullRequest): Answer<unknown> {
    const { backlog } = this.#subscription;
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      return refused('INVALID_ARGUMENT', 'modify_deadline_ack_ids and modify_deadline_seconds differ in length');
    }
    for (const [index, ackId] of modifyDeadlineAckIds.entries()) {
      const modified = modifyAckDeadline(backlog, [ackId], modifyDeadlineSeconds[index] ?? 0);
      if (!modified.ok) return modified;
    }
    return ackIds.length === 0 ? answered(undefined) : acknowledge(backlog, ackIds);
  }

  room(): Room {
    if (this.#unsent >= MAX_UNSENT) return { messages: 0, bytes: 0 };
    return {
      messages: Math.min(BATCH_MESSAGES, this.#limit.messages - this.#heldMessages),
      bytes: Math.min(BATCH_BYTES, this.#limit.bytes - this.#heldBytes),
    };
  }

  leaseMs(): number {
    return this.#deadlineMs;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { message } of deliveries) {
      this.#heldMessages++;
      this.#heldBytes += message.bytes;
    }
    this.#write(deliveries);
  }

  released({ message }: Delivery): void {
    this.#heldMessages--;
    this.#heldBytes -= message.bytes;
  }

  dismissed(why: Refusal): void {
    this.#refuse(why);
  }

  #write(deliveries: readonly Delivery[]): void {
    const { deadLetter, ordered } = this.#subscription.config;
    const response: WireStreamingPullResponse = {
      receivedMessages: deliveries.map((delivery) => wireDelivery(delivery, deadLetter !== undefined)),
      subscriptionProperties: { exactlyOnceDeliveryEnabled: false, messageOrderingEnabled: ordered },
    };
    this.#unsent++;
    this.#call.write(response, () => {
      this.#unsent--;
      this.#subscription.backlog.offer();
    });
  }
}

function badDeadline(seconds: number): Refusal {
  return refused(
    'INVALID_ARGUMENT',
    `stream_ack_deadline_seconds must be ${MIN_DEADLINE_S} to ${MAX_DEADLINE_S}: got=${seconds}`,
  );
}

/** The wire says "no limit" with anything below 1. */
function limitOf(wire: number): number {
  return wire > 0 ? wire : Number.POSITIVE_INFINITY;
}
