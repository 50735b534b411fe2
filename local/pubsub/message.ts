import { type Answer, answered, refused } from './answer.ts';
import { type WireMessage, wireTimestamp } from './wire.ts';

/** What a publisher sends. */
export interface Draft {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty if the message belongs to no order. */
  readonly orderingKey: string;
}

/** A published message; the same object lies in the backlog of every subscription. */
export interface Message extends Draft {
  readonly messageId: string;
  /** Unix milliseconds. */
  readonly publishedAt: number;
  /** Data, attributes and ordering key; what flow control counts. */
  readonly bytes: number;
}

/** Limits of one Publish call and its messages (Pub/Sub documentation, "Quotas and limits"). */
const MAX_MESSAGES = 1000;
const MAX_REQUEST_BYTES = 10_000_000;
const MAX_ATTRIBUTES = 100;
const MAX_KEY_BYTES = 256;
const MAX_VALUE_BYTES = 1024;
const MAX_ORDERING_KEY_BYTES = 1024;

export function bytesOf(draft: Draft): number {
  let bytes = draft.data.length + Buffer.byteLength(draft.orderingKey);
  for (const [key, value] of Object.entries(draft.attributes)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return bytes;
}

/** Checks the messages of one Publish call; one bad message refuses the whole call, as the service does. */
export function checkDrafts(drafts: readonly Draft[]): Answer<readonly Draft[]> {
  if (drafts.length === 0) return refused('INVALID_ARGUMENT', 'no messages to publish');
  if (drafts.length > MAX_MESSAGES) {
    return refused('INVALID_ARGUMENT', `too many messages in one request: limit=${MAX_MESSAGES} got=${drafts.length}`);
  }
  let bytes = 0;
  for (const [index, draft] of drafts.entries()) {
    const problem = problemOf(draft);
    if (problem !== undefined) return refused('INVALID_ARGUMENT', `${problem}: message=${index}`);
    bytes += bytesOf(draft);
  }
  if (bytes > MAX_REQUEST_BYTES) {
    return refused('INVALID_ARGUMENT', `request is too large: limit=${MAX_REQUEST_BYTES} got=${bytes}`);
  }
  return answered(drafts);
}

function problemOf({ data, attributes, orderingKey }: Draft): string | undefined {
  const entries = Object.entries(attributes);
  if (data.length === 0 && entries.length === 0) return 'message has neither data nor attributes';
  if (entries.length > MAX_ATTRIBUTES) return `message has more than ${MAX_ATTRIBUTES} attributes`;
  if (Buffer.byteLength(orderingKey) > MAX_ORDERING_KEY_BYTES) return 'ordering key is too long';
  for (const [key, value] of entries) {
    if (key === '') return 'attribute key is empty';
    if (key.startsWith('goog')) return 'attribute key starts with "goog"';
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `attribute key is longer than ${MAX_KEY_BYTES} bytes`;
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return `attribute value is longer than ${MAX_VALUE_BYTES} bytes`;
  }
  return undefined;
}

export function wireMessage(message: Message): WireMessage {
  return {
    data: message.data,
    attributes: message.attributes,
    messageId: message.messageId,
    publishTime: wireTimestamp(message.publishedAt),
    orderingKey: message.orderingKey,
  };
}
