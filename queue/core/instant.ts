/** RFC 3339 with an offset, as Go's `time.RFC3339Nano` and JavaScript's `toISOString` write it. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Unix milliseconds of an RFC 3339 time, or `undefined` if it is none. */
export function parseInstant(text: string): number | undefined {
  if (text.length === 20 && text.endsWith('Z')) {
    const ms = parseWholeSeconds(text);
    if (ms !== undefined) return ms;
  }
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

/** `2026-11-21T06:55:42Z`, the one form that we write; anything else is left to the general way. */
function parseWholeSeconds(text: string): number | undefined {
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined;
  const year = digits(text, 0) * 100 + digits(text, 2);
  const month = digits(text, 5);
  const day = digits(text, 8);
  const hour = digits(text, 11);
  const minute = digits(text, 14);
  const second = digits(text, 17);
  // Days 29 to 31 may or may not exist, and years below 100 mean others to `Date.UTC`.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The number in two decimal digits; `NaN` if they are none. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
