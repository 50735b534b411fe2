/** RFC 3339 with an offset, as Go's `time.RFC3339Nano` and JavaScript's `toISOString` write it. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Unix milliseconds of an RFC 3339 time, or `undefined` if it is none. */
export function parseInstant(text: string): number | undefined {
  if (!RFC3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** RFC 3339 in UTC, whole seconds, rounded up: never earlier than what was meant. */
export function formatSeconds(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** RFC 3339 in UTC with milliseconds. */
export function formatMillis(ms: number): string {
  return new Date(ms).toISOString();
}
