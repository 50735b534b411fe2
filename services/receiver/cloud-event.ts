import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** The attributes of a CloudEvent. Its data is not looked at here: work is a key. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** The distributed tracing extension. */
  readonly traceparent?: string;
}

/** Headers as Node gives them: names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** How a request carries an event, by the CloudEvents HTTP binding 1.0, or `undefined` if it carries none that we take. */
export function contentMode(headers: Headers): 'binary' | 'structured' | undefined {
  const type = mediaType(headers);
  if (type === 'application/cloudevents+json') return 'structured';
  // Batches and other formats.
  if (type.startsWith('application/cloudevents')) return undefined;
  return headers['ce-specversion'] === undefined ? undefined : 'binary';
}

/** Binary mode: attributes are `ce-` headers, percent-encoded where they are not plain ASCII. */
export function parseBinary(headers: Headers): Parsed<CloudEvent> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || typeof value !== 'string') continue;
    const decoded = percentDecoded(value);
    if (decoded === undefined) return refused(`header is not percent-encoded UTF-8: header=${name}`);
    attributes[name.slice('ce-'.length)] = decoded;
  }
  return parseAttributes(attributes);
}

/** Structured mode: the whole event is one JSON object. */
export function parseStructured(body: Uint8Array): Parsed<CloudEvent> {
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return refused('body is not JSON in UTF-8');
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return refused('body is not a JSON object');
  return parseAttributes(event as Record<string, unknown>);
}

function parseAttributes(attributes: Readonly<Record<string, unknown>>): Parsed<CloudEvent> {
  const { specversion, id, source, type, subject, traceparent } = attributes;
  if (specversion !== '1.0') return refused('event is not of CloudEvents 1.0: specversion must be "1.0"');
  if (!isText(id) || !isText(source) || !isText(type))
    return refused('event lacks an attribute: id, source and type are required');
  if (subject !== undefined && subject !== null && typeof subject !== 'string')
    return refused('subject is not a string');
  return accepted({
    id,
    source,
    type,
    ...(isText(subject) ? { subject } : {}),
    ...(isText(traceparent) ? { traceparent } : {}),
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function mediaType(headers: Headers): string {
  const type = headers['content-type'];
  return typeof type === 'string' ? (type.split(';')[0] ?? '').trim().toLowerCase() : '';
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
