import { chmod, lstat, mkdir, readdir, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isGone, look } from './entry.ts';
import { type Folders, TEMPORARY_PREFIX } from './place.ts';

/** Write and search permission of the owner: what it takes to change what is in a folder. */
const OWNER_MAY_CHANGE = 0o300;

/**
 * The target folder, changed by one task at a time.
 *
 * Copying bytes goes on side by side, but each look at the way to a path together with the change that relies on it must not be
 * interleaved with others: a run that puts a link where a folder was would otherwise send another run's file out of the
 * target, and one that removes a folder would remove what was mirrored into it meanwhile.
 */
export class TargetTree {
  readonly #folders: Folders;
  #last: Promise<unknown> = Promise.resolve();

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  /** Runs a change after all earlier ones have ended, well or not. */
  change<T>(task: () => Promise<T>): Promise<T> {
    const next = this.#last.then(task, task);
    this.#last = next.catch(() => {});
    return next;
  }

  /** A path for a half-written copy. `id` is unique. */
  temporary(id: string): string {
    return join(this.#folders.target, `${TEMPORARY_PREFIX}${id}`);
  }

  /** Removes the half-written copies of a process that was killed. Only before any run has begun. */
  async removeTemporaries(): Promise<void> {
    for (const name of await readdir(this.#folders.target)) {
      if (name.startsWith(TEMPORARY_PREFIX)) await rm(join(this.#folders.target, name), { force: true });
    }
  }

  /**
   * Makes all folders above a path real ones, as the source has them. Answers false when they are not folders in the source (any
   * more): then the path does not exist there either, and nothing may be written.
   */
  async openWay(segments: readonly string[]): Promise<boolean> {
    for (let depth = 1; depth < segments.length; depth++) {
      const above = segments.slice(0, depth);
      const source = await look(this.#folders.source, above);
      if (source.kind !== 'folder') return false;
      if ((await look(this.#folders.target, above)).kind !== 'folder') await this.putFolder(above, source.mode);
    }
    return true;
  }

  async putFolder(segments: readonly string[], mode: number): Promise<void> {
    await this.#put(segments, async (path) => {
      await mkdir(path);
      await chmod(path, mode);
    });
  }

  async putLink(segments: readonly string[], to: Buffer): Promise<void> {
    await this.#put(segments, (path) => symlink(to, path));
  }

  /** Moves a finished copy into place; atomic where a file or nothing was before. */
  async putFile(segments: readonly string[], temporary: string): Promise<void> {
    const path = this.#path(segments);
    const isFolder = (await look(this.#folders.target, segments)).kind === 'folder';
    await whileWritable(dirname(path), async () => {
      if (isFolder) await removeAll(path);
      await rename(temporary, path);
    });
  }

  async setMode(segments: readonly string[], mode: number): Promise<void> {
    // chmod follows links; the caller has just seen that there is none.
    await chmod(this.#path(segments), mode);
  }

  async remove(segments: readonly string[]): Promise<void> {
    await this.#put(segments, async () => {});
  }

  #path(segments: readonly string[]): string {
    return join(this.#folders.target, ...segments);
  }

  /** Clears the path, then makes the new thing there. */
  async #put(segments: readonly string[], make: (path: string) => Promise<void>): Promise<void> {
    const path = this.#path(segments);
    await whileWritable(dirname(path), async () => {
      await removeAll(path);
      await make(path);
    });
  }
}

/** A mirrored folder may be read-only; it is opened for the moment of the change. */
async function whileWritable(folder: string, task: () => Promise<void>): Promise<void> {
  const mode = (await lstat(`${folder}/.`)).mode & 0o7777;
  if ((mode & OWNER_MAY_CHANGE) === OWNER_MAY_CHANGE) return task();
  await chmod(folder, mode | OWNER_MAY_CHANGE);
  try {
    await task();
  } finally {
    await chmod(folder, mode);
  }
}

/** Removes whatever is there, links themselves and never what they point at. */
async function removeAll(path: string): Promise<void> {
  try {
    if (!(await lstat(path)).isDirectory()) return await unlink(path);
    await chmod(path, 0o700);
    for (const name of await readdir(path)) await removeAll(join(path, name));
    await rmdir(path);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
