import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { cloudEvent, jsonEvent } from './cloud-event.ts';
import { type IncomingEvent, jsonIn } from './incoming-event.ts';
import { isStructured, mediaType } from './media-type.ts';
import { attribute } from './place.ts';
import { storageEvent } from './storage-notification.ts';

/** A message of Pub/Sub, however it was pushed. */
export interface PubSubMessage {
  readonly id: string;
  /** `projects/P/subscriptions/S`; empty where the push does not say. */
  readonly subscription: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

/** The type that Eventarc gives to a message that is nothing but a message. */
const MESSAGE_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished';

const PREFIX = 'ce-';

/**
 * What a message tells of: a CloudEvent (in its attributes, or all of it in the data: CloudEvents, Pub/Sub Protocol Binding 1.0),
 * a change of an object in Cloud Storage, or just itself.
 */
export function eventOfMessage(message: PubSubMessage): Parsed<IncomingEvent> {
  const { id, subscription, attributes, data } = message;
  // The second name is what Google's client libraries propagate the trace in.
  const traceparent = attribute(message, 'traceparent') ?? attribute(message, 'googclient_traceparent');
  const common = { attributes, traceparent, data: jsonIn(data) };
  if (isStructured(mediaType(attribute(message, 'content-type')))) return jsonEvent(common.data(), common);
  if (attributes.has(`${PREFIX}specversion`)) return cloudEvent(attributesOfEvent(attributes), common);
  if (id === '') return refused('message has no messageId');

  const bucketId = attribute(message, 'bucketId');
  const objectId = attribute(message, 'objectId');
  const eventType = attribute(message, 'eventType');
  if (bucketId !== undefined && objectId !== undefined && eventType !== undefined) {
    return accepted({ id, ...common, ...storageEvent({ bucketId, objectId, eventType }) });
  }
  const source = `//pubsub.googleapis.com/${subscription}`;
  return accepted({ id, source, type: MESSAGE_TYPE, extensions: new Map(), ...common });
}

/** The attributes of a CloudEvent among those of the message that carries it. */
export function attributesOfEvent(attributes: ReadonlyMap<string, string>): Record<string, string> {
  const named = [...attributes].filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(named.map(([name, value]) => [name.slice(PREFIX.length), value]));
}

/** Reads a wrapped push: `{"message": {"data": base64, "attributes": {...}, "messageId": ...}, "subscription": ...}`. */
export function unwrap(value: unknown): Parsed<PubSubMessage> {
  const { message, subscription } = isRecord(value) ? value : {};
  if (!isRecord(message)) return refused('body is neither a CloudEvent nor a push of Pub/Sub: it has no message');
  const { data = '', attributes = {}, messageId = message['message_id'] ?? '' } = message;
  if (typeof data !== 'string' || !BASE64.test(data)) return refused('message.data is not a string in base64');
  if (!isRecord(attributes) || !Object.values(attributes).every((text) => typeof text === 'string'))
    return refused('message.attributes is not an object of strings');
  if (typeof messageId !== 'string') return refused('message.messageId is not a string');
  return accepted({
    id: messageId,
    subscription: typeof subscription === 'string' ? subscription : '',
    attributes: new Map(Object.entries(attributes as Record<string, string>)),
    data: Buffer.from(data, 'base64'),
  });
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
