import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** All that a mirror has to keep equal, by path: kind, mode, bytes, the target of a link. Comparable with `toEqual`. */
export async function contentsOf(folder: string, below = ''): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of await namesIn(join(folder, below))) {
    const path = below === '' ? name : `${below}/${name}`;
    const full = join(folder, path);
    // Another process may be changing the folder at this moment.
    const stats = await lstat(full).catch(() => undefined);
    if (stats === undefined) continue;
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isDirectory()) {
      contents[`${path}/`] = `folder ${mode}`;
      Object.assign(contents, await contentsOf(folder, path));
    } else if (stats.isSymbolicLink()) contents[path] = `link ${await readlink(full).catch(() => '')}`;
    else if (stats.isFile()) contents[path] = `file ${mode} ${await readFile(full, 'base64').catch(() => '')}`;
    else contents[path] = 'special';
  }
  return contents;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  return names.toSorted();
}
