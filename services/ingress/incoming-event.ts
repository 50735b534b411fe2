/** Something that has happened elsewhere, in whatever envelope it came: what rules look at to find a key. */
export interface IncomingEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string | undefined;
  /** Extension attributes of a CloudEvent, as text. */
  readonly extensions: ReadonlyMap<string, string>;
  /** Of the Pub/Sub message that brought it; empty where none did. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The data as JSON, parsed when first asked for; `undefined` where there is none or it is not JSON. */
  readonly data: () => unknown;
  /** W3C trace context, unchecked. */
  readonly traceparent?: string | undefined;
}

/** Data that came as bytes. Most rules never look at it. */
export function jsonIn(bytes: Uint8Array): () => unknown {
  let parsed: { readonly value: unknown } | undefined;
  return () => (parsed ??= { value: parse(bytes) }).value;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
