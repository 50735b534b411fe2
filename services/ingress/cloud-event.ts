import { CloudEvent, ValidationError } from 'cloudevents';
import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { type IncomingEvent, jsonIn } from './incoming-event.ts';

/** What is no extension: the context attributes of CloudEvents 1.0, and the properties of the JSON format. */
const KNOWN = new Set([
  ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema'],
  ...['data', 'data_base64', 'datacontentencoding', 'schemaurl'],
]);

/**
 * An event from its attributes, checked by the library against the specification's schema. The library's own reading of HTTP is
 * not used: it makes up an id and a version where they are missing, and does not undo the percent-encoding of headers.
 */
export function cloudEvent(
  attributes: Readonly<Record<string, unknown>>,
  message: Pick<IncomingEvent, 'data'> & Partial<Pick<IncomingEvent, 'attributes' | 'traceparent'>>,
): Parsed<IncomingEvent> {
  const given = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
  const { specversion, id, source, type } = given;
  if (specversion !== '1.0') return refused('event is not of CloudEvents 1.0: specversion must be "1.0"');
  if (!isText(id) || !isText(source) || !isText(type))
    return refused('event lacks an attribute: id, source and type are required');
  // An empty subject, as some senders write it, is none.
  if (given['subject'] === '') delete given['subject'];
  let event: CloudEvent;
  try {
    event = new CloudEvent({ ...given, id, source, type });
  } catch (error) {
    return refused(`event is not a CloudEvent: ${reasonOf(error)}`);
  }
  const extensions = Object.entries(event as object as Record<string, unknown>).filter(
    ([name, value]) => !KNOWN.has(name) && value !== undefined,
  );
  const texts = new Map(
    extensions.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  return accepted({
    id,
    source,
    type,
    subject: event.subject,
    extensions: texts,
    attributes: message.attributes ?? new Map(),
    data: message.data,
    traceparent: texts.get('traceparent') ?? message.traceparent,
  });
}

/** An event in the JSON format: attributes and data are members of one object. */
export function jsonEvent(
  value: unknown,
  message: Partial<Pick<IncomingEvent, 'attributes' | 'traceparent'>> = {},
): Parsed<IncomingEvent> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused('event is not a JSON object');
  const { data, data_base64: base64, ...attributes } = value as Record<string, unknown>;
  const bytes = typeof base64 === 'string' ? jsonIn(Buffer.from(base64, 'base64')) : undefined;
  return cloudEvent(attributes, { ...message, data: bytes ?? (() => data) });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The first thing that the library finds wrong, in one line. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof ValidationError ? (error.errors ?? []) : [];
  if (typeof first === 'object' && first !== null && 'instancePath' in first && 'message' in first)
    return `${first.instancePath.slice(1)} ${first.message ?? ''}`.trim();
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
