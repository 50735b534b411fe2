import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKey } from '../../../queue/core/key.ts';
import { codeOf, isGone, look } from '../entry.ts';
import { type Folders, placeOf, TEMPORARY_PREFIX } from '../place.ts';

/** A path that no key can name, or a folder that cannot be read. Said once and passed over, with all that lies below it. */
export type Skip = (path: string, problem: string) => void;

/**
 * All there is to compare: every path of the source, and every path of the target that the source does not have (what was deleted
 * while nobody watched). Parents come before their children. Only folders themselves are entered, no links.
 */
export async function* inventory(folders: Folders, skip: Skip): AsyncGenerator<string> {
  yield* walk(folders.source, '', skip, async () => true);
  // Reported once, by the walk of the source.
  yield* walk(
    folders.target,
    '',
    () => {},
    async (key) => {
      const { kind } = await look(folders.source, key.split('/'));
      return kind === 'absent' || kind === 'special';
    },
  );
}

/** The key of a path, or the reason why it has none. */
export function keyOfPath(path: string): { readonly key: string } | { readonly problem: string } {
  const key = parseKey(path);
  if (!key.ok) return { problem: key.problem };
  const place = placeOf(path);
  return place.ok ? { key: path } : { problem: place.problem };
}

async function* walk(
  root: string,
  folder: string,
  skip: Skip,
  wanted: (key: string) => Promise<boolean>,
): AsyncGenerator<string> {
  for (const entry of await entriesOf(join(root, folder), skip)) {
    const name = entry.name.toString();
    if (folder === '' && name.startsWith(TEMPORARY_PREFIX)) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    // A name of other bytes than UTF-8 does not survive the way to a string and back.
    if (!Buffer.from(name).equals(entry.name)) {
      skip(path, 'name is not valid UTF-8');
      continue;
    }
    const named = keyOfPath(path);
    if ('problem' in named) {
      skip(path, named.problem);
      continue;
    }
    if (await wanted(path)) yield path;
    if (entry.isDirectory()) yield* walk(root, path, skip, wanted);
  }
}

async function entriesOf(path: string, skip: Skip) {
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (!isGone(error)) skip(path, `folder cannot be read: ${codeOf(error)}`);
    return [];
  }
}
