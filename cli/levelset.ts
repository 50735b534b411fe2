#!/usr/bin/env node
import { createReadStream } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { QueueError } from '../queue/errors.ts';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';
import type { Screen } from './host.ts';
import { runCli } from './program.ts';

/** As shells tell of a command that Ctrl-C has ended. */
const EXIT_INTERRUPTED = 130;

const { stdin, stdout, stderr } = process;

const screen: Screen = {
  size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
  write: (text) => stdout.write(text),
  onKey(press) {
    if (!stdin.isTTY) return () => {};
    const onData = (data: Buffer) => press(data.toString());
    stdin.setRawMode(true).resume().on('data', onData);
    return () => {
      stdin.off('data', onData).setRawMode(false).pause();
    };
  },
};

function ask(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: stdin, output: stderr });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    throw new QueueError('invalid', `the file cannot be read: file=${JSON.stringify(file)}`, cause);
  }
}

let interrupts: AbortController | undefined;
/** The first interrupt asks what runs to end; the second one ends it. */
function interrupted(): AbortSignal {
  if (interrupts) return interrupts.signal;
  const controller = new AbortController();
  const told = () => (controller.signal.aborted ? process.exit(EXIT_INTERRUPTED) : controller.abort());
  process.on('SIGINT', told).on('SIGTERM', told);
  interrupts = controller;
  return controller.signal;
}

function userName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `unknown@${hostname()}`;
  }
}

// `levelset ls | head` has read enough.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  workingFolder: process.cwd(),
  homeFolder: homedir(),
  user: userName(),
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  screen: stdout.isTTY && process.env.TERM !== 'dumb' ? screen : undefined,
  ask: stdin.isTTY ? ask : undefined,
  lines: linesOf,
  interrupted,
  async openTarget(settings, options) {
    // There is no metadata server beside an emulator, and looking for one takes Google's clients seconds.
    if (settings.storageEndpoint !== undefined) process.env.METADATA_SERVER_DETECTION ??= 'none';
    const { openTarget } = await import('./open-target.ts');
    return openTarget(settings, options);
  },
  async dev(args) {
    // Only who runs the stack pays for loading it.
    const { runLocal } = await import('../local/program.ts');
    const { NO_METADATA_SERVER } = await import('../local/stack.ts');
    Object.assign(process.env, NO_METADATA_SERVER);
    return runLocal(args, {
      clock: systemClock,
      random: systemRandom,
      env: process.env,
      output: stdout,
      complain: (problem) => stderr.write(`${problem}\n`),
      workingFolder: process.cwd(),
      packageRoot: fileURLToPath(new URL('..', import.meta.url)),
    });
  },
});
