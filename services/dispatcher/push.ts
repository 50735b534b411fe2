import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** The message in a wrapped push of Pub/Sub, with its data decoded. */
export interface PushedMessage {
  readonly data: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Reads `{"message": {"data": base64, "attributes": {...}}, "subscription": ...}`. */
export function parsePush(body: string): Parsed<PushedMessage> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return refused('body is not JSON: a push of Pub/Sub is a JSON object with a message');
  }
  const message = isRecord(value) ? value.message : undefined;
  if (!isRecord(message)) return refused('body has no message: a push of Pub/Sub is a JSON object with a message');
  const { data = '', attributes = {} } = message;
  if (typeof data !== 'string') return refused('message.data is not a string in base64');
  if (!isRecord(attributes)) return refused('message.attributes is not an object');
  return accepted({ data: Buffer.from(data, 'base64').toString('utf8'), attributes });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
