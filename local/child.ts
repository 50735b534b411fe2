import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isReady, type LogRecord, parseLogLine } from './log-record.ts';

export interface ChildOptions {
  /** Absolute path of a module. */
  readonly file: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the module that ends the child with its parent. */
  readonly parentWatch: string;
  readonly onRecord: (record: LogRecord) => void;
  readonly onText: (line: string) => void;
}

/** How a process ended: in words, for people. */
export interface Exit {
  readonly orderly: boolean;
  readonly how: string;
}

/** One running process of the stack. */
export class Child {
  readonly #process: ChildProcess;
  /** Resolves to true once the process says that it is ready, to false when it ends before that. */
  readonly ready: Promise<boolean>;
  readonly exited: Promise<Exit>;

  constructor({ file, env, parentWatch, onRecord, onText }: ChildOptions) {
    const flags = ['--disable-warning=ExperimentalWarning', ...process.execArgv, `--import=${parentWatch}`];
    this.#process = spawn(process.execPath, [...flags, file], {
      env,
      // The channel tells the child that its parent is gone, however that came about.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C in a terminal reaches the parent only, which then stops all in order.
      detached: true,
    });
    const ready = Promise.withResolvers<boolean>();
    this.ready = ready.promise;
    const closed = Promise.withResolvers<Exit>();
    this.exited = closed.promise;
    this.#process.once('error', (error) => closed.resolve({ orderly: false, how: String(error) }));
    // 'close' comes after the last line of output.
    this.#process.once('close', (code, signal) => {
      closed.resolve({ orderly: code === 0, how: signal === null ? `exit code ${code}` : `signal ${signal}` });
    });
    void this.exited.then(() => ready.resolve(false));
    this.#readLines((line) => {
      const record = parseLogLine(line);
      if (record === undefined) return onText(line);
      if (isReady(record)) ready.resolve(true);
      onRecord(record);
    }, this.#process.stdout);
    this.#readLines(onText, this.#process.stderr);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #readLines(onLine: (line: string) => void, stream: NodeJS.ReadableStream | null): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() !== '') onLine(line);
    });
  }
}
