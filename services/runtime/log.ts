import { type DestinationStream, pino } from 'pino';
import { type EventName, EVENTS, type Journal } from '../../catalogue/events.ts';
import { ENV } from '../../catalogue/environment.ts';
import type { Environment } from './config.ts';
import { readableLine } from './readable-line.ts';

export interface LogOptions {
  /** Which process this is: `receiver`, `dispatcher`, ... */
  readonly service: string;
  /** Cloud Logging's JSON, or lines for people. */
  readonly format: LogFormat;
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
  const { service, format, destination = pino.destination({ dest: 1, sync: true }) } = options;
  const logger = pino(
    {
      level: 'debug',
      base: { service },
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: SEVERITY[label] ?? 'DEFAULT' }) },
    },
    format === 'json' ? destination : { write: (line: string) => destination.write(readableLine(line)) },
  );
  const line =
    (level: Level) =>
    (message: string, fields: Fields = {}) =>
      logger[level](safe(fields), message);
  return {
    write: (event, fields = {}) =>
      logger[LEVEL[event] ?? 'info']({ event, ...safe(fields) }, `${event}: ${EVENTS[event]}`),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
}

/** Names that our own fields would be confused with by who reads the log. */
const RESERVED = new Set(['severity', 'time', 'message', 'service', 'event']);

function safe(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, plain(value)]),
  );
}

/** An error without the properties that clients hang on it: requests and their headers, with tokens in them. */
function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause = value.cause === undefined ? {} : { cause: plain(value.cause) };
  return { name: value.name, message: value.message, stack: value.stack, ...cause };
}
