import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

const MAIN = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

export interface StackRecord {
  readonly event: string;
  readonly process?: string;
  readonly [field: string]: unknown;
}

/** Short lives, so that what takes a minute by default takes seconds here. */
const SHORT_LIVES = {
  LEVELSET_LOCK_SECONDS: '6',
  LEVELSET_WATCH_SECONDS: '1',
  LEVELSET_GRACE_SECONDS: '2',
  LEVELSET_HANDOVER_SECONDS: '1',
  LEVELSET_BACKOFF_SECONDS: '1',
  LEVELSET_BACKOFF_MAX_SECONDS: '2',
};

/** `npm start` as a process, seen through its JSON lines. Killed at the end of the test if it still runs. */
export class LocalStack {
  readonly records: StackRecord[] = [];
  readonly complaints: string[] = [];
  readonly exited: Promise<number | string>;
  readonly #process: ChildProcess;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { PUBSUB_EMULATOR_HOST: _host, NODE_OPTIONS: _options, ...inherited } = process.env;
    this.#process = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
      env: { ...inherited, ...SHORT_LIVES, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve(code ?? signal ?? 'gone'));
    });
    this.#lines(this.#process.stdout, (line) => {
      if (line.startsWith('{')) this.records.push(JSON.parse(line) as StackRecord);
    });
    this.#lines(this.#process.stderr, (line) => this.complaints.push(line));
    onTestFinished(async ({ task }) => {
      this.#process.kill('SIGKILL');
      await this.exited;
      if (task.result?.state === 'fail') this.#tell();
    });
  }

  /** Runs a command line to its end. */
  static async run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const stack = new LocalStack(args, env);
    return { exit: await stack.exited, complaints: stack.complaints.join('\n') };
  }

  /** Resolves when all processes are ready. */
  async ready(): Promise<this> {
    const ended = this.exited.then((exit) => {
      throw new Error(`the stack ended with ${exit}: ${this.complaints.join('\n')}`);
    });
    ended.catch(() => {});
    await Promise.race([this.seen('stack.ready'), ended]);
    return this;
  }

  /** Resolves with the first record of this event from the given position on. */
  seen(event: string, from = 0, process?: string): Promise<StackRecord> {
    const wanted = (record: StackRecord) =>
      record.event === event && (process === undefined || record.process === process);
    return eventually(`${event} of ${process ?? 'any process'}`, () => this.records.slice(from).find(wanted), 40_000);
  }

  count(event: string, from = 0): number {
    return this.records.slice(from).filter((record) => record.event === event).length;
  }

  /** Of the last start of a process of the stack. */
  pidOf(name: string): number {
    const started = this.records.findLast(({ event, process }) => event === 'process.ready' && process === name);
    if (typeof started?.pid !== 'number') throw new Error(`no process ${name} has started`);
    return started.pid;
  }

  /** All processes that were ever started for this stack and are still there. */
  survivors(): readonly number[] {
    const pids = this.records.filter(({ event }) => event === 'process.ready').map(({ pid }) => Number(pid));
    return pids.filter(isAlive);
  }

  address(service: string): string {
    const { addresses } = this.records.find(({ event }) => event === 'stack.ready') as unknown as {
      addresses: { service: string; address: string }[];
    };
    return addresses.find((row) => row.service === service)?.address ?? '';
  }

  /** kill -9 one of its processes, and wait until it runs again. */
  async killHard(name: string): Promise<void> {
    const from = this.records.length;
    process.kill(this.pidOf(name), 'SIGKILL');
    await this.seen('process.exited', from, name);
    await this.seen('process.ready', from, name);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #lines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
    if (stream) createInterface({ input: stream }).on('line', onLine);
  }

  #tell(): void {
    const told = this.records.filter(({ event }) => !event.startsWith('key.')).slice(-40);
    process.stderr.write(`${[...told.map((record) => JSON.stringify(record)), ...this.complaints].join('\n')}\n`);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
