import { HINT_ATTRIBUTES, HINT_KIND, parseHint } from '../../queue/core/hint.ts';
import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { Trigger } from './dispatcher.ts';

/** A wrapped push of Pub/Sub, as far as it is read: `{"message": {"data": base64, "attributes": {...}}}`. */
interface Envelope {
  readonly data: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a push body says. `envelope`: not a push of Pub/Sub at all. `message`: a push whose message is none of ours. */
export type Push = Parsed<Trigger> & { readonly at?: 'envelope' | 'message' };

export function parsePush(body: string): Push {
  const envelope = parseEnvelope(body);
  if (!envelope.ok) return { ...envelope, at: 'envelope' };
  const { attributes, data } = envelope.value;
  switch (attributes[HINT_ATTRIBUTES.kind]) {
    case HINT_KIND.tick:
      return accepted({ kind: 'tick' });
    case HINT_KIND.wake:
      return accepted({ kind: 'wake' });
    case HINT_KIND.hint: {
      const hint = parseHint(Buffer.from(data, 'base64').toString('utf8'));
      return hint.ok ? accepted({ kind: 'hint', hint: hint.value }) : { ...hint, at: 'message' };
    }
    default:
      return {
        ...refused(
          `message is neither hint, tick nor wake: ${HINT_ATTRIBUTES.kind}=${shown(attributes[HINT_ATTRIBUTES.kind])}`,
        ),
        at: 'message',
      };
  }
}

function parseEnvelope(body: string): Parsed<Envelope> {
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
  return accepted({ data, attributes });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}
