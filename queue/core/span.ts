/** A span of time as people say it: the two largest units at most, `850 ms`, `42 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function formatSpan(ms: number): string {
  const rest = Math.abs(ms);
  if (rest < 1_000) return `${Math.round(rest)} ms`;
  const seconds = Math.round(rest / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return two(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `2026-01-01 12:00:30 (in 42 s)`: absolute, in UTC, and relative. */
export function formatMoment(ms: number, nowMs: number): string {
  const absolute = new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
  return `${absolute} UTC (${ms > nowMs ? `in ${formatSpan(ms - nowMs)}` : `${formatSpan(nowMs - ms)} ago`})`;
}
