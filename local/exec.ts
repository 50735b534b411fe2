import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { findRunning } from './state-folder.ts';

/** No stack runs: as where a service is unavailable. */
const EXIT_NO_STACK = 3;
/** What shells answer for a command that is not there, and for one that cannot be run. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;

export interface ExecOptions {
  readonly stateFolder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly complain: (problem: string) => void;
}

/** Runs a command against the running stack. Resolves to the exit code: the command's own; after a signal 128 + its number, as in shells. */
export async function exec({ stateFolder, command, args, env, complain }: ExecOptions): Promise<number> {
  const running = findRunning(stateFolder);
  if (running === undefined) {
    complain(`no stack runs on this state folder (start one with npm start): state=${stateFolder}`);
    return EXIT_NO_STACK;
  }
  const child = spawn(command, args, { stdio: 'inherit', env: { ...env, ...running.environment } });
  // Ctrl-C reaches the command, too: it decides, and we tell how it ended. A signal that was sent to us alone is passed on.
  const ignore = () => {};
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', ignore).on('SIGTERM', passOn).on('SIGHUP', passOn);
  try {
    return await new Promise((resolve) => {
      child.once('error', (error) => {
        complain(`command cannot be run: command=${command}: ${error.message}`);
        resolve('code' in error && error.code === 'ENOENT' ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
      });
      child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
    });
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', passOn).off('SIGHUP', passOn);
  }
}
