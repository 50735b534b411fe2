import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The bits of a mode that `chmod` sets. */
const MODE_BITS = 0o7777;

/** What lies at a path. Links are looked at, never followed. */
export type Entry =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly mode: number; readonly size: number }
  | { readonly kind: 'folder'; readonly mode: number }
  /** `to` is raw bytes: a link may point at a name that is not UTF-8, or at nothing. */
  | { readonly kind: 'link'; readonly to: Buffer }
  /** A socket, pipe or device: nothing to copy. */
  | { readonly kind: 'special' };

const ABSENT: Entry = { kind: 'absent' };

/**
 * Looks at a path below `root`. A path that leads through anything but real folders is absent: what lies behind a link belongs to
 * whoever owns it.
 *
 * Throws when `root` itself is no folder. An unmounted source must not look like one whose files were all deleted.
 */
export async function look(root: string, segments: readonly string[]): Promise<Entry> {
  const rootEntry = await lookAt(root, true);
  if (rootEntry.kind !== 'folder') throw new Error(`not a folder: path=${JSON.stringify(root)}`);
  let path = root;
  let entry: Entry = rootEntry;
  for (const segment of segments) {
    if (entry.kind !== 'folder') return ABSENT;
    path = join(path, segment);
    entry = await lookAt(path);
  }
  return entry;
}

async function lookAt(path: string, isRoot = false): Promise<Entry> {
  try {
    // A root given by the user may well be a link to a folder; "/." follows it.
    const stats = await lstat(isRoot ? `${path}/.` : path);
    const mode = stats.mode & MODE_BITS;
    if (stats.isFile()) return { kind: 'file', mode, size: stats.size };
    if (stats.isDirectory()) return { kind: 'folder', mode };
    if (stats.isSymbolicLink()) return { kind: 'link', to: await readlink(path, { encoding: 'buffer' }) };
    return { kind: 'special' };
  } catch (error) {
    if (isGone(error)) return ABSENT;
    throw error;
  }
}

/** A path, or one of the folders on its way, is not there (any more). */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The system's name of an error, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
