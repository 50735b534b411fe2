import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Delivery } from './delivery.ts';
import type { Push } from './push-config.ts';

export interface PushRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Headers that frame or route the request: an attribute of that name is left out. */
const RESERVED_HEADERS = new Set(['connection', 'content-length', 'host', 'te', 'transfer-encoding', 'upgrade']);

/** `tellAttempt`: the subscription has a dead letter policy. */
export function pushRequest(push: Push, subscription: string, delivery: Delivery, tellAttempt: boolean): PushRequest {
  const url = push.endpoint;
  switch (push.shape) {
    case 'wrapped':
      return {
        url,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(envelope(subscription, delivery, tellAttempt))),
      };
    case 'unwrapped':
      return { url, headers: {}, body: delivery.message.data };
    case 'unwrapped-with-metadata':
      return { url, headers: metadata(subscription, delivery, tellAttempt), body: delivery.message.data };
    default:
      return push.shape satisfies never;
  }
}

/** Ids and times come in both spellings (Pub/Sub documentation, "Receive push messages"). */
function envelope(subscription: string, { message, attempt }: Delivery, tellAttempt: boolean): object {
  const publishTime = new Date(message.publishedAt).toISOString();
  return {
    ...(tellAttempt && { deliveryAttempt: attempt }),
    message: {
      attributes: message.attributes,
      data: message.data.toString('base64'),
      messageId: message.messageId,
      message_id: message.messageId,
      ...(message.orderingKey !== '' && { orderingKey: message.orderingKey }),
      publishTime,
      publish_time: publishTime,
    },
    subscription,
  };
}

/**
 * `x-goog-pubsub-<key>` headers, and one header per attribute (pubsub.proto, `NoWrapper.write_metadata`). Attributes that
 * cannot be a header, in name or value, are left out.
 */
function metadata(subscription: string, { message, attempt }: Delivery, tellAttempt: boolean): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.attributes)) {
    if (!RESERVED_HEADERS.has(name.toLowerCase()) && isHeader(name, value)) headers[name.toLowerCase()] = value;
  }
  headers['x-goog-pubsub-subscription-name'] = subscription;
  headers['x-goog-pubsub-message-id'] = message.messageId;
  headers['x-goog-pubsub-publish-time'] = new Date(message.publishedAt).toISOString();
  if (isHeader('x-goog-pubsub-ordering-key', message.orderingKey) && message.orderingKey !== '') {
    headers['x-goog-pubsub-ordering-key'] = message.orderingKey;
  }
  if (tellAttempt) headers['x-goog-pubsub-delivery-attempt'] = String(attempt);
  return headers;
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
