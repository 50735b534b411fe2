/** Turns a JSON log line into one that people read: `12:30:01 receiver key.queued key="a/b" priority=0`. */
export function readableLine(json: string): string {
  const { severity, time, service, event, message, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const loud = severity === 'INFO' || severity === 'DEBUG' ? [] : [String(severity)];
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${inline(value)}`);
  return `${[clock, service, ...loud, event ?? message, ...shown].join(' ')}\n`;
}

/** Values that JSON has no word for are written as pino wrote them. Stacks are for the JSON log. */
function inline(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}
