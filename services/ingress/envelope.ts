import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { cloudEvent, jsonEvent } from './cloud-event.ts';
import { type IncomingEvent, jsonIn } from './incoming-event.ts';
import { isBatch, isStructured, mediaType } from './media-type.ts';
import { attributesOfEvent, eventOfMessage, unwrap } from './pubsub-message.ts';

/** Headers as Node gives them: names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Events of one request; a batch is taken whole or not at all. */
const MOST_EVENTS = 1000;

/** Headers that say nothing of the message in the body, or that are nobody's business. */
const NOT_ATTRIBUTES = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'host', 'connection', 'content-length', 'transfer-encoding'],
  ...['user-agent', 'accept', 'accept-encoding', 'via', 'forwarded', 'from'],
]);

/**
 * The events in a request, by what its headers say it is:
 *
 * | request | recognised by |
 * |---|---|
 * | CloudEvent, structured | content type `application/cloudevents+json` |
 * | CloudEvents, batch | content type `application/cloudevents-batch+json` |
 * | CloudEvent, binary | header `ce-specversion` |
 * | push of Pub/Sub, unwrapped, with metadata | headers `x-goog-pubsub-...` |
 * | push of Pub/Sub, wrapped | a JSON body with a `message` |
 *
 * An unwrapped push without metadata says nothing of itself, and is refused with the others.
 */
export function parseEnvelope(headers: Headers, body: Uint8Array): Parsed<readonly IncomingEvent[]> {
  const type = mediaType(oneOf(headers['content-type']));
  const traceparent = oneOf(headers['traceparent']);
  if (isStructured(type)) return single(withJson(body, (value) => jsonEvent(value, { traceparent })));
  if (isBatch(type)) return withJson(body, (value) => parseBatch(value, traceparent));
  // Formats other than JSON.
  if (type.startsWith('application/cloudevents')) return refused(`format of the event is not supported: ${type}`);
  const pushed = oneOf(headers['x-goog-pubsub-message-id']);
  if (pushed !== undefined) {
    const subscription = oneOf(headers['x-goog-pubsub-subscription-name']) ?? '';
    const attributes = new Map(texts(headers).filter(([name]) => !NOT_ATTRIBUTES.has(name)));
    return single(eventOfMessage({ id: pushed, subscription, attributes, data: body }));
  }
  if (headers['ce-specversion'] !== undefined) return single(parseBinary(headers, body, traceparent));
  return single(
    withJson(body, (value) => {
      const message = unwrap(value);
      if (!message.ok) return message;
      const event = eventOfMessage(message.value);
      return event.ok ? accepted({ ...event.value, traceparent: event.value.traceparent ?? traceparent }) : event;
    }),
  );
}

/** Binary mode: attributes are `ce-` headers, percent-encoded where they are not plain ASCII. */
function parseBinary(headers: Headers, body: Uint8Array, traceparent: string | undefined): Parsed<IncomingEvent> {
  const decoded = new Map<string, string>();
  for (const [name, value] of texts(headers)) {
    if (!name.startsWith('ce-')) continue;
    const text = percentDecoded(value);
    if (text === undefined) return refused(`header is not percent-encoded UTF-8: header=${name}`);
    decoded.set(name, text);
  }
  return cloudEvent(attributesOfEvent(decoded), { data: jsonIn(body), traceparent });
}

function parseBatch(value: unknown, traceparent: string | undefined): Parsed<readonly IncomingEvent[]> {
  if (!Array.isArray(value)) return refused('batch is not a JSON list');
  if (value.length > MOST_EVENTS) return refused(`batch has more than ${MOST_EVENTS} events: events=${value.length}`);
  const events: IncomingEvent[] = [];
  for (const [index, each] of value.entries()) {
    const event = jsonEvent(each, { traceparent });
    if (!event.ok) return refused(`event ${index} of the batch: ${event.problem}`);
    events.push(event.value);
  }
  return accepted(events);
}

function single(event: Parsed<IncomingEvent>): Parsed<readonly IncomingEvent[]> {
  return event.ok ? accepted([event.value]) : event;
}

function withJson<T>(body: Uint8Array, read: (value: unknown) => Parsed<T>): Parsed<T> {
  const value = jsonIn(body)();
  return value === undefined ? refused('body is not JSON in UTF-8') : read(value);
}

function texts(headers: Headers): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** The binding says: quotes around a value are taken off, then `%xx` is decoded as UTF-8. */
function percentDecoded(value: string): string | undefined {
  const quoted = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value;
  // Node reads header bytes as Latin-1: beyond ASCII, the text would be another than was meant.
  if (/[^\t\x20-\x7e]/.test(quoted)) return undefined;
  try {
    return decodeURIComponent(quoted);
  } catch {
    return undefined;
  }
}
