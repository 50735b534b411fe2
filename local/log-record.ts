/** One event as a process logged it: a JSON object with an event's name. */
export interface LogRecord {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Reads one line of a process's output. What is no record of ours is text, to be shown as it is. */
export function parseLogLine(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string';
}

/** A process that logged this is ready to be used. */
export function isReady({ event }: LogRecord): boolean {
  return event === 'service.listening' || event === 'ready';
}
