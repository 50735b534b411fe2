import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, look } from './entry.ts';
import { copyBytes, sameBytes } from './file-bytes.ts';
import type { Folders } from './place.ts';
import { plan, planFile, type Plan } from './plan.ts';
import type { TargetTree } from './target-tree.ts';

/** `equal`: was so already. `changed`: is so now. `unsettled`: the source changed under our hands; look again later. */
export type Mirrored = 'equal' | 'changed' | 'unsettled';

export interface Mirror {
  readonly folders: Folders;
  readonly tree: TargetTree;
  /** A string no one else will draw. */
  readonly newId: () => string;
}

/** Makes what lies at a path in the target equal to what lies there in the source. Safe to repeat, at any point of an earlier run. */
export async function mirrorPath(mirror: Mirror, segments: readonly string[], signal: AbortSignal): Promise<Mirrored> {
  try {
    const wanted = await planFor(mirror, segments, signal);
    if (wanted.kind === 'nothing') return 'equal';
    if (wanted.kind === 'copy') return await copy(mirror, segments, wanted.mode, signal);
    return await mirror.tree.change(async () => {
      signal.throwIfAborted();
      return (await restructure(mirror, segments, wanted)) ? 'changed' : 'unsettled';
    });
  } catch (error) {
    // Something that was there a moment ago is gone: at the source, or with a folder above it that another run replaced.
    if (isGone(error)) return 'unsettled';
    throw error;
  }
}

async function planFor({ folders }: Mirror, segments: readonly string[], signal: AbortSignal): Promise<Plan> {
  const source = await look(folders.source, segments);
  const target = await look(folders.target, segments);
  const first = plan(source, target);
  if (first.kind !== 'compare' || source.kind !== 'file' || target.kind !== 'file') return first;
  const same = await sameBytes(join(folders.source, ...segments), join(folders.target, ...segments), signal);
  return planFile(source.mode, target.mode, same);
}

/** All changes but a copy are quick: looked at again, decided again and done, with no other change in between. */
async function restructure({ folders, tree }: Mirror, segments: readonly string[], wanted: Plan): Promise<boolean> {
  const source = await look(folders.source, segments);
  const target = await look(folders.target, segments);
  const step = plan(source, target);
  switch (step.kind) {
    case 'nothing':
      return true;
    case 'remove':
      await tree.remove(segments);
      return true;
    case 'make-folder':
      if (!(await tree.openWay(segments))) return false;
      await tree.putFolder(segments, step.mode);
      return true;
    case 'make-link':
      if (!(await tree.openWay(segments))) return false;
      await tree.putLink(segments, step.to);
      return true;
    case 'set-mode':
      await tree.setMode(segments, step.mode);
      return true;
    case 'compare':
      // Still two files of one size. Only where their bytes were just found to be the same is the mode all that is left.
      if (wanted.kind !== 'set-mode') return false;
      await tree.setMode(segments, wanted.mode);
      return true;
    case 'copy':
      return false;
    default:
      return step satisfies never;
  }
}

async function copy(mirror: Mirror, segments: readonly string[], mode: number, signal: AbortSignal): Promise<Mirrored> {
  const { folders, tree } = mirror;
  const temporary = tree.temporary(mirror.newId());
  try {
    if (!(await copyBytes(join(folders.source, ...segments), temporary, mode, signal))) return 'unsettled';
    return await tree.change(async () => {
      signal.throwIfAborted();
      // The source may have been deleted or replaced by a folder or a link while we waited for our turn.
      if ((await look(folders.source, segments)).kind !== 'file') return 'unsettled';
      if (!(await tree.openWay(segments))) return 'unsettled';
      await tree.putFile(segments, temporary);
      return 'changed';
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
