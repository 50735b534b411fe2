/** W3C trace context, version 00, as it may be written into the bucket and sent on. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What came in as trace context, if it is one. A broken one is no reason to refuse a call: it is dropped, as W3C says. */
export function parseTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined;
}
