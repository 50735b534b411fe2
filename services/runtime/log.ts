import { type DestinationStream, pino } from 'pino';
import { type EventName, EVENTS, type Journal } from '../../catalogue/events.ts';
import { ENV } from '../../catalogue/environment.ts';
import { isSecretName, MARK, redact } from '../../queue/core/redact.ts';
import { type CloudLogging, traceFields } from './cloud-logging.ts';
import type { Environment } from './config.ts';
import { readableLine } from './readable-line.ts';

export interface LogOptions {
  /** Which process this is: `receiver`, `dispatcher`, ... */
  readonly service: string;
  /** Cloud Logging's JSON, or lines for people. */
  readonly format: LogFormat;
  /** What Cloud Logging is told besides; absent where it does not read the log. */
  readonly cloud?: CloudLogging | undefined;
  /** Where to write; standard output where absent. */
  readonly destination?: DestinationStream;
}

export type LogFormat = 'json' | 'text';

/** JSON where Cloud Logging reads it, lines for people elsewhere, unless `LEVELSET_LOG` says which. */
export function logFormat(env: Environment): LogFormat {
  const asked = env[ENV.log];
  if (asked === 'json' || asked === 'text') return asked;
  return env[ENV.cloudRun] ? 'json' : 'text';
}

type Level = 'debug' | 'info' | 'warn' | 'error';
type Fields = Readonly<Record<string, unknown>>;

/** A process's log: events by their names, and free lines for the code of users. */
export type ServiceLog = Journal & Readonly<Record<Level, (message: string, fields?: Fields) => void>>;

/** Severities of Cloud Logging. */
const SEVERITY: Readonly<Record<string, string>> = { debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/** Events that someone should look at. All others are the queue at work. */
const LEVEL: Partial<Record<EventName, Level>> = {
  'key.merged': 'debug',
  'key.deduplicated': 'debug',
  'sweep.done': 'debug',
  'ingress.ignored': 'debug',
  'key.failed': 'warn',
  'key.unreachable': 'warn',
  'key.recovered': 'warn',
  'key.lost': 'warn',
  'lock.lost': 'warn',
  'lock.broken': 'warn',
  'entry.invalid': 'warn',
  'object.foreign': 'warn',
  'hint.failed': 'warn',
  'hint.invalid': 'warn',
  'ingress.invalid': 'warn',
  'call.refused': 'warn',
  'resource-event.failed': 'warn',
  'resource-key.failed': 'warn',
  'key.rejected': 'error',
  'key.exhausted': 'error',
  'reconciler.down': 'error',
  'store.failed': 'error',
  'trigger.failed': 'error',
  'internal.error': 'error',
};

/** Opens the log. One line a write, written at once: a process that is killed has said what it did. */
export function openLog(options: LogOptions): ServiceLog {
  const { service, format, cloud, destination = pino.destination({ dest: 1, sync: true }) } = options;
  const logger = pino(
    {
      level: 'debug',
      base: { service, ...cloud?.base },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
    },
    format === 'json' ? destination : { write: (line: string) => destination.write(readableLine(line)) },
  );
  const complete = (level: Level, fields: Fields): Fields => {
    const { traceparent, ...rest } = fields;
    if (!cloud) return safe(rest);
    const stack = level === 'error' ? stackIn(rest) : undefined;
    return {
      ...safe(rest),
      ...traceFields(traceparent, cloud.project),
      ...(level === 'error' && { serviceContext: cloud.serviceContext }),
      ...(stack !== undefined && { stack_trace: redact(stack) }),
    };
  };
  const line =
    (level: Level) =>
    (message: string, fields: Fields = {}) =>
      logger[level](complete(level, fields), redact(message));
  return {
    write(event, fields = {}) {
      const level = LEVEL[event] ?? 'info';
      logger[level]({ event, ...complete(level, fields) }, `${event}: ${EVENTS[event]}`);
    },
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
}

/** The stack of the first error among the fields, as Error Reporting wants it. */
function stackIn(fields: Fields): string | undefined {
  return Object.values(fields).find((value) => value instanceof Error)?.stack;
}

/** Names that our own fields would be confused with by who reads the log. */
const RESERVED = new Set(['severity', 'time', 'message', 'service', 'event', 'stack_trace', 'serviceContext']);

/** A key is a name that has to be found again, not a text. */
const VERBATIM = new Set(['key']);

function safe(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      RESERVED.has(name) ? `${name}_` : name,
      VERBATIM.has(name) ? value : named(name, value),
    ]),
  );
}

/** So deep into what a user logs; what lies below is left out. */
const MOST_DEPTH = 6;

function named(name: string, value: unknown, depth = 0): unknown {
  return isSecretName(name) && value !== undefined ? MARK : plain(value, depth);
}

/** Texts without credentials; errors without the properties that clients hang on them: requests and their headers. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MOST_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.map((each) => plain(each, depth + 1));
  if (!(value instanceof Error)) {
    // What knows how to be written down does it: a date, a URL.
    if (knowsJson(value)) return plain(value.toJSON(), depth + 1);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, named(name, each, depth + 1)]));
  }
  const cause = value.cause === undefined ? {} : { cause: plain(value.cause, depth + 1) };
  const { name, message, stack } = value;
  return { name, message: redact(message), stack: stack === undefined ? undefined : redact(stack), ...cause };
}

function knowsJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
