import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Proves that a folder is ours. Nothing in a folder without it is ever deleted, nor is anything written there. */
const MARKER = 'levelset-state.json';
const LOCK = 'lock';
const RUNNING = 'stack.json';

/** A state folder that cannot be used: whose, and what to do. */
export class StateFolderError extends Error {}

/** What a running stack tells about itself, to `exec`. */
export interface RunningStack {
  readonly process: ProcessIdentity;
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a stack keeps its bucket and says that it runs. Held by one stack at a time. */
export class StateFolder implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Takes the folder for this process, makes it where there is none; with `fresh` all that was kept is deleted. */
  static open(path: string, fresh: boolean): StateFolder {
    claim(path);
    lock(path);
    const folder = new StateFolder(path);
    rmSync(join(path, RUNNING), { force: true });
    if (fresh) {
      for (const name of readdirSync(path)) {
        if (name !== MARKER && name !== LOCK) rmSync(join(path, name), { recursive: true, force: true });
      }
    }
    return folder;
  }

  announce(environment: Readonly<Record<string, string>>): void {
    const running: RunningStack = { process: identityOf(process.pid), environment };
    writeWhole(join(this.path, RUNNING), running);
  }

  [Symbol.dispose](): void {
    rmSync(join(this.path, RUNNING), { force: true });
    rmSync(join(this.path, LOCK), { force: true });
  }
}

/** The stack that runs on a state folder, if one does. What a killed one left behind does not count. */
export function findRunning(path: string): RunningStack | undefined {
  const running = readJson(join(path, RUNNING));
  return isRunningStack(running) && isAlive(running.process) ? running : undefined;
}

function claim(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) {
    throw new StateFolderError(`state is not a folder: state=${path}`);
  }
  if (stats === undefined) mkdirSync(path, { recursive: true });
  const names = readdirSync(path);
  if (names.includes(MARKER)) return;
  if (names.length > 0) {
    throw new StateFolderError(
      `state folder holds files that are not ours, and is left alone (name another with --state): state=${path}`,
    );
  }
  writeWhole(join(path, MARKER), { 'made by': 'levelset', 'may be deleted': true });
}

function lock(path: string): void {
  const file = join(path, LOCK);
  // Twice: once against the lock of a stack that was killed.
  for (let attempt = 0; attempt < 2; attempt++) {
    if (createWhole(file, identityOf(process.pid))) return;
    const holder = readJson(file);
    if (isIdentity(holder) && isAlive(holder)) {
      throw new StateFolderError(
        `a stack runs on this state folder already (stop it, or name another folder with --state): state=${path} pid=${holder.pid}`,
      );
    }
    rmSync(file, { force: true });
  }
  throw new StateFolderError(`another stack is starting on this state folder: state=${path}`);
}

/** Others read either the old file or the new one, never half of it. */
function writeWhole(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Whether the file was made by this call; with all its contents from the first moment on. */
function createWhole(file: string, value: unknown): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(value));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}

function isRunningStack(value: unknown): value is RunningStack {
  return (
    typeof value === 'object' &&
    value !== null &&
    'process' in value &&
    isIdentity(value.process) &&
    'environment' in value &&
    typeof value.environment === 'object'
  );
}
