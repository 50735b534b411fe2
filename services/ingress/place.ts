import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import type { IncomingEvent } from './incoming-event.ts';
import { parseJsonPath, valueAt } from './json-path.ts';
import { storedObjectOf } from './storage-notification.ts';

/** Somewhere in an event. Reads the text there; `undefined` or nothing but empty text = absent. */
export type Place = (event: IncomingEvent) => string | undefined;

const ATTRIBUTES: Readonly<Record<string, Place>> = {
  id: ({ id }) => id,
  source: ({ source }) => source,
  type: ({ type }) => type,
  subject: ({ subject }) => subject,
  bucket: (event) => storedObjectOf(event)?.bucket,
  name: (event) => storedObjectOf(event)?.name,
};

const RULE =
  'must be id, source, type, subject, bucket, name, extension:NAME, attribute:NAME or data:PATH (such as data:$.a.b)';

/** Reads the name of a place, as rules write it. */
export function parsePlace(text: string): Parsed<Place> {
  const plain = Object.hasOwn(ATTRIBUTES, text) ? ATTRIBUTES[text] : undefined;
  if (plain) return accepted(filled(plain));
  const [, kind, name] = /^(extension|attribute|data):(.+)$/s.exec(text) ?? [];
  if (kind === undefined || name === undefined) return refused(`${RULE}: ${JSON.stringify(text)}`);
  if (kind === 'attribute') return accepted(filled((event) => attribute(event, name)));
  if (kind === 'extension') {
    // By the specification of CloudEvents; another name would never be found.
    if (!/^[a-z0-9]+$/.test(name)) return refused(`extension names are of a-z and 0-9: ${JSON.stringify(text)}`);
    return accepted(filled(({ extensions }) => extensions.get(name)));
  }
  const path = parseJsonPath(name);
  return path.ok ? accepted(filled((event) => asText(valueAt(path.value, event.data())))) : path;
}

/** An attribute of the message. Where it travelled as an HTTP header, its name came in lower case. */
export function attribute({ attributes }: Pick<IncomingEvent, 'attributes'>, name: string): string | undefined {
  return attributes.get(name) ?? attributes.get(name.toLowerCase());
}

function filled(place: Place): Place {
  return (event) => place(event) || undefined;
}

/** Text, numbers and truth values name things; lists and objects do not. */
function asText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
