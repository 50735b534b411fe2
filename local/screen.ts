import type { LogRecord } from './log-record.ts';
import { transitionOf } from './transition.ts';
import { visible } from './visible.ts';

/** Where the stack writes: a terminal, a pipe, a test's memory. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** A row of the table of addresses. */
export interface Address {
  readonly service: string;
  readonly address: string;
  readonly note: string;
}

/** What the user sees of the stack. */
export interface Screen {
  /** What a process logged, or what became of it. */
  record(process: string, record: LogRecord): void;
  addresses(title: readonly string[], rows: readonly Address[]): void;
  say(text: string): void;
}

const KEY_WIDTH = 40;
const STEP_WIDTH = 12;
const PROCESS_WIDTH = 12;

/** Events that are no step of a key, and are worth a line all the same. All others are for the log. */
const SHOWN =
  /^(?:lock\.(?:lost|broken|wanted)|reconciler\.|queue\.|store\.failed|hint\.failed|trigger\.failed|mirror\.|call\.refused|ingress\.invalid|internal\.error|scheduler\.)/;

/** One line per transition, for people. `now` is unix milliseconds. */
export function textScreen(output: Output, now: () => number): Screen {
  const colour = (code: number, text: string) => (output.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line = (text: string) => output.write(`${text}\n`);
  return {
    record(process, record) {
      const text = recordLine(process, record, now());
      if (text === undefined) return;
      const trouble = transitionOf(record)?.trouble ?? record.event !== 'process.ready';
      line(trouble ? colour(33, text) : text);
    },
    addresses(title, rows) {
      for (const row of addressTable(title, rows)) line(row);
    },
    say: (text) => line(visible(text)),
  };
}

/** One JSON object per line: all that the processes log, with the name of the process. */
export function jsonScreen(output: Output, now: () => number): Screen {
  const line = (record: LogRecord) =>
    output.write(`${JSON.stringify({ time: new Date(now()).toISOString(), ...record })}\n`);
  return {
    record: (process, record) => line({ process, ...record }),
    addresses: (title, rows) => line({ event: 'stack.ready', title, addresses: rows }),
    say: (text) => line({ event: 'stack.message', text }),
  };
}

export function addressTable(title: readonly string[], rows: readonly Address[]): readonly string[] {
  const all = [{ service: 'service', address: 'address', note: '' }, ...rows];
  const service = Math.max(...all.map((row) => row.service.length));
  const address = Math.max(...all.map((row) => row.address.length));
  return [
    ...title.map(visible),
    '',
    ...all.map((row) =>
      `  ${row.service.padEnd(service)}  ${row.address.padEnd(address)}  ${visible(row.note)}`.trimEnd(),
    ),
    '',
  ];
}

/** The line for a record, or `undefined` where people need none. */
export function recordLine(process: string, record: LogRecord, nowMs: number): string | undefined {
  const time = timeOfDay(nowMs);
  const transition = transitionOf(record);
  if (transition !== undefined) {
    const { key, step, detail } = transition;
    return `${time}  ${visible(key).padEnd(KEY_WIDTH)}  ${step.padEnd(STEP_WIDTH)}  ${visible(detail)}`.trimEnd();
  }
  const text = processLine(record);
  return text === undefined ? undefined : `${time}  ${process.padEnd(PROCESS_WIDTH)}  ${visible(text)}`;
}

function processLine({ event, ...fields }: LogRecord): string | undefined {
  switch (event) {
    case 'process.output':
      return String(fields.text);
    case 'process.exited': {
      const wait = Number(fields.restartInMs) > 0 ? `in ${Number(fields.restartInMs) / 1000} s` : 'now';
      const loop = fields.crashLoop === true ? '; it keeps ending soon after its start, see what it says above' : '';
      return `ended (${String(fields.how)}), starts again ${wait}${loop}`;
    }
    case 'process.ready':
      return fields.again === true ? 'runs again' : undefined;
    case 'process.stopped':
      return fields.how === 'exit code 0' ? undefined : `stopped: ${String(fields.how)}`;
    default:
      return SHOWN.test(event) ? `${event} ${detail(fields)}` : undefined;
  }
}

/** In the time zone of the user, to the millisecond. */
function timeOfDay(ms: number): string {
  const date = new Date(ms);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Not what every record of a service has. */
const BASE = new Set(['time', 'severity', 'service', 'message']);

function detail(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([name]) => !BASE.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
