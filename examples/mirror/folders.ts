import { mkdir, realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { codeOf } from './entry.ts';
import type { Folders } from './place.ts';

export const MIRROR_ENV = { source: 'MIRROR_SOURCE', target: 'MIRROR_TARGET' } as const;

/** A sentence about folders that cannot be mirrored. The caller decides how to end. */
export class FoldersError extends Error {}

/** Resolves both folders, makes the target where there is none, and refuses pairs that would mirror a folder into itself. */
export async function openFolders(source: string | undefined, target: string | undefined): Promise<Folders> {
  if (!source) throw new FoldersError('source is not set: it must name an existing folder');
  if (!target) throw new FoldersError('target is not set: it must name a folder to be made equal to the source');
  const realSource = await existing(source);
  await mkdir(resolve(target), { recursive: true }).catch((error: unknown) => {
    throw new FoldersError(`target cannot be made: target=${JSON.stringify(target)}: ${codeOf(error)}`);
  });
  const realTarget = await realpath(resolve(target));
  if (contains(realSource, realTarget) || contains(realTarget, realSource)) {
    throw new FoldersError(`source and target may not contain each other: source=${realSource} target=${realTarget}`);
  }
  return { source: realSource, target: realTarget };
}

async function existing(folder: string): Promise<string> {
  const stats = await stat(resolve(folder)).catch(() => undefined);
  if (!stats?.isDirectory())
    throw new FoldersError(`source is not an existing folder: source=${JSON.stringify(folder)}`);
  return realpath(resolve(folder));
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`));
}
