import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type Clock, sleep } from '../../../queue/ports/clock.ts';
import type { Folders } from '../place.ts';
import { inventory, keyOfPath, type Skip } from './inventory.ts';
import type { Outbox } from './outbox.ts';

export interface WatcherOptions {
  readonly folders: Folders;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Everything is told again this often: a watch may miss a change without a word (a full kernel queue does). */
  readonly resyncMs: number;
  readonly onSkip: Skip;
  readonly onError: (problem: string) => void;
}

/** After an error of the watch; also keeps a persistent one from walking the folders all the time. */
const AFTER_ERROR_MS = 1_000;

/**
 * Tells the outbox of every path that changed below the source. It watches first and takes the inventory then, so nothing falls in
 * between. What changed, and how, is not told: whoever processes a key looks for himself.
 */
export class Watcher implements AsyncDisposable {
  readonly #options: WatcherOptions;
  readonly #watch: FSWatcher;
  readonly #stop = new AbortController();
  readonly #skipped = new Set<string>();
  #wanted = false;
  #taking: Promise<void> | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#watch = watch(options.folders.source, {
      ignoreInitial: true,
      followSymlinks: false,
      // Editors' temporary files and backups are files like others here.
      atomic: false,
    });
    this.#watch.on('all', (_event, path) => this.#tell(path));
    this.#watch.on('error', (error) => {
      options.onError(String(error));
      void this.#retakeLater();
    });
  }

  /** Resolves once changes are noticed; the first inventory goes on behind it. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve) => this.#watch.once('ready', resolve));
    this.retake();
    void this.#resync();
  }

  /** Tells everything again, once at a time: a wish during an inventory has it taken once more. */
  retake(): void {
    this.#wanted = true;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
      if (this.#wanted && !this.#stop.signal.aborted) this.retake();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watch.close();
    await this.#taking;
  }

  #tell(path: string): void {
    const below = relative(this.#options.folders.source, path).split(sep).join('/');
    if (below === '') return;
    const named = keyOfPath(below);
    if ('problem' in named) this.#skip(below, named.problem);
    // The replacement character stands for bytes that are no UTF-8, unless a name really has it.
    else if (below.includes('\uFFFD') && !existsSync(join(this.#options.folders.source, below))) {
      this.#skip(below, 'name is not valid UTF-8, or was deleted');
    } else this.#options.outbox.add(named.key);
  }

  async #take(): Promise<void> {
    this.#wanted = false;
    try {
      for await (const key of inventory(this.#options.folders, (path, problem) => this.#skip(path, problem))) {
        await this.#options.outbox.room();
        if (this.#stop.signal.aborted) return;
        this.#options.outbox.add(key);
      }
    } catch (error) {
      this.#options.onError(String(error));
      void this.#retakeLater();
    }
  }

  async #retakeLater(): Promise<void> {
    await sleep(this.#options.clock, AFTER_ERROR_MS, this.#stop.signal);
    if (!this.#stop.signal.aborted) this.retake();
  }

  async #resync(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(this.#options.clock, this.#options.resyncMs, this.#stop.signal);
      if (!this.#stop.signal.aborted) this.retake();
    }
  }

  #skip(path: string, problem: string): void {
    if (this.#skipped.has(path)) return;
    this.#skipped.add(path);
    this.#options.onSkip(path, problem);
  }
}
