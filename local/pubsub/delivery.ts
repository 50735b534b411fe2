import type { Refusal } from './answer.ts';
import { type Message, wireMessage } from './message.ts';
import type { WireReceivedMessage } from './wire.ts';

/** One handing out of a message. Its ack id is good until it is acked, nacked, or its deadline passes. */
export interface Delivery {
  readonly ackId: string;
  readonly message: Message;
  /** 1 on the first delivery. Told to the subscriber only if the subscription has a dead letter policy. */
  readonly attempt: number;
}

/** How much a consumer takes now. Bytes bound it only from the second message on, as in the service's flow control. */
export interface Room {
  readonly messages: number;
  readonly bytes: number;
}

/** Whoever receives the messages of a subscription: a waiting pull, an open stream, or the pusher. */
export interface Consumer {
  room(): Room;
  /** The ack deadline that its deliveries start with. */
  leaseMs(): number;
  /** Takes deliveries, at least one and within the room. Must not throw. */
  deliver(deliveries: readonly Delivery[]): void;
  /** A delivery was acked, nacked or has expired, and no longer counts. */
  released(delivery: Delivery): void;
  /** Nothing more will come. */
  dismissed(why: Refusal): void;
}

export function wireDelivery(delivery: Delivery, tellAttempt: boolean): WireReceivedMessage {
  return {
    ackId: delivery.ackId,
    message: wireMessage(delivery.message),
    deliveryAttempt: tellAttempt ? delivery.attempt : 0,
  };
}
