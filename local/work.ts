import { statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FoldersError, openFolders } from '../examples/mirror/folders.ts';
import type { Folders } from '../examples/mirror/place.ts';
import type { LocalOptions } from './options.ts';

/** What the stack works on. */
export interface Work {
  /** The reconciler's file; absolute, or relative to the package. */
  readonly reconciler: string;
  /** The folders that a watcher looks after. Absent with a reconciler of the user's that mirrors nothing. */
  readonly folders?: Folders;
  /** The module of the kinds that an API is served for; absolute. */
  readonly kinds?: string;
}

const MIRROR = 'examples/mirror/main.ts';

export type ChosenWork = { readonly ok: true; readonly work: Work } | { readonly ok: false; readonly problem: string };

/**
 * The mirror between the given folders; without any, between the package's `docs/` and a new temporary folder; a reconciler of the
 * user's own is given the folders, and a watcher, only when they are named.
 */
export async function chooseWork(
  { source, target, reconciler, kinds }: Pick<LocalOptions, 'source' | 'target' | 'reconciler' | 'kinds'>,
  packageRoot: string,
): Promise<ChosenWork> {
  if (reconciler !== undefined && !isFile(reconciler)) {
    return { ok: false, problem: `--reconciler must name a file: reconciler=${reconciler}` };
  }
  if (kinds !== undefined && !isFile(kinds)) return { ok: false, problem: `--kinds must name a file: kinds=${kinds}` };
  if (kinds !== undefined && reconciler === undefined) {
    return { ok: false, problem: `--kinds needs --reconciler, the file that serves their reconcilers: kinds=${kinds}` };
  }
  const file = reconciler ?? MIRROR;
  const declared = kinds === undefined ? {} : { kinds };
  if (reconciler !== undefined && source === undefined) return { ok: true, work: { reconciler: file, ...declared } };
  try {
    const folders = await openFolders(
      source ?? join(packageRoot, 'docs'),
      target ?? (await mkdtemp(join(tmpdir(), 'levelset-mirror-'))),
    );
    return { ok: true, work: { reconciler: file, folders, ...declared } };
  } catch (error) {
    if (error instanceof FoldersError) return { ok: false, problem: error.message };
    throw error;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
