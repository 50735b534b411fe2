import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Mirror, mirrorPath } from '../../../examples/mirror/mirror-path.ts';
import { TargetTree } from '../../../examples/mirror/target-tree.ts';
import { contentsOf } from '../../support/folder-contents.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface World extends Mirror {
  readonly source: string;
  readonly target: string;
  run(key: string, signal?: AbortSignal): Promise<string>;
}

function world(hooks: { readonly onTemporary?: () => void } = {}): World {
  const base = temporaryFolder();
  const folders = { source: join(base, 'source'), target: join(base, 'target') };
  mkdirSync(folders.source);
  mkdirSync(folders.target);
  const tree = new TargetTree(folders);
  let ids = 0;
  const newId = () => {
    hooks.onTemporary?.();
    return String(ids++);
  };
  const mirror: Mirror = { folders, tree, newId };
  const run = (key: string, signal = new AbortController().signal) => mirrorPath(mirror, key.split('/'), signal);
  return { ...mirror, ...folders, run };
}

test('a new file is copied with its mode, into folders made on the way', async () => {
  const w = world();
  mkdirSync(join(w.source, 'a/b c'), { recursive: true, mode: 0o750 });
  writeFileSync(join(w.source, 'a/b c/é'), 'x');
  chmodSync(join(w.source, 'a/b c/é'), 0o751);
  expect(await w.run('a/b c/é')).toBe('changed');
  expect(await w.run('a/b c/é')).toBe('equal');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('a file that changed within one size and one time is copied', async () => {
  const w = world();
  writeFileSync(join(w.source, 'f'), 'abc');
  writeFileSync(join(w.target, 'f'), 'abd');
  expect(await w.run('f')).toBe('changed');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('a large file is copied and compared to its last byte', async () => {
  const w = world();
  const bytes = Buffer.alloc(1024 * 1024 + 1, 'levelset');
  writeFileSync(join(w.source, 'f'), bytes);
  expect(await w.run('f')).toBe('changed');
  expect(readFileSync(join(w.target, 'f')).equals(bytes)).toBe(true);
  bytes[bytes.length - 1] = 0;
  writeFileSync(join(w.target, 'f'), bytes);
  expect(await w.run('f')).toBe('changed');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('an empty file and an empty folder exist in the target, too', async () => {
  const w = world();
  writeFileSync(join(w.source, 'f'), '');
  mkdirSync(join(w.source, 'd'));
  expect(await w.run('f')).toBe('changed');
  expect(await w.run('d')).toBe('changed');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('a change of mode alone sets the mode', async () => {
  const w = world();
  writeFileSync(join(w.source, 'f'), 'abc', { mode: 0o600 });
  mkdirSync(join(w.source, 'd'), { mode: 0o700 });
  for (const key of ['f', 'd']) await w.run(key);
  const { ino } = lstatSync(join(w.target, 'f'));
  chmodSync(join(w.source, 'f'), 0o4755);
  chmodSync(join(w.source, 'd'), 0o511);
  for (const key of ['f', 'd']) expect(await w.run(key)).toBe('changed');
  expect(lstatSync(join(w.target, 'f')).ino).toBe(ino);
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('what the source does not have is removed, folders with all they hold', async () => {
  const w = world();
  mkdirSync(join(w.target, 'd/e'), { recursive: true });
  writeFileSync(join(w.target, 'd/e/f'), 'x');
  chmodSync(join(w.target, 'd/e'), 0o500);
  expect(await w.run('d')).toBe('changed');
  expect(await w.run('d')).toBe('equal');
  expect(await w.run('d/e/f')).toBe('equal');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test.each([
  ['file', 'folder'],
  ['file', 'link'],
  ['folder', 'file'],
  ['folder', 'link'],
  ['link', 'file'],
  ['link', 'folder'],
])('a %s becomes a %s', async (before, after) => {
  const w = world();
  const make = (kind: string) => {
    if (kind === 'file') writeFileSync(join(w.source, 'x'), 'text');
    if (kind === 'link') symlinkSync('nowhere', join(w.source, 'x'));
    if (kind !== 'folder') return;
    mkdirSync(join(w.source, 'x'));
    writeFileSync(join(w.source, 'x/inside'), 'text');
  };
  const keys = ['x', 'x/inside'];
  make(before);
  for (const key of keys) await w.run(key);
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
  rmSync(join(w.source, 'x'), { recursive: true });
  make(after);
  for (const key of keys) await w.run(key);
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('the order of keys does not matter: a child may come before its parents changed kind', async () => {
  const w = world();
  writeFileSync(join(w.target, 'x'), 'was a file');
  mkdirSync(join(w.source, 'x/y'), { recursive: true });
  writeFileSync(join(w.source, 'x/y/z'), 'deep');
  expect(await w.run('x/y/z')).toBe('changed');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('links are copied as links, and never followed on either side', async () => {
  const w = world();
  const outside = temporaryFolder();
  writeFileSync(join(outside, 'secret'), 'not ours');
  symlinkSync(outside, join(w.source, 'way'));
  expect(await w.run('way')).toBe('changed');
  expect(await w.run('way/secret')).toBe('equal');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
  expect(await w.run('way')).toBe('equal');
});

test('a link in the target is replaced, not written through', async () => {
  const w = world();
  const outside = temporaryFolder();
  symlinkSync(outside, join(w.target, 'way'));
  mkdirSync(join(w.source, 'way'));
  writeFileSync(join(w.source, 'way/file'), 'x');
  expect(await w.run('way/file')).toBe('changed');
  expect(existsSync(join(outside, 'file'))).toBe(false);
  symlinkSync(join(outside, 'victim'), join(w.target, 'f'));
  writeFileSync(join(w.source, 'f'), 'x');
  expect(await w.run('f')).toBe('changed');
  expect(existsSync(join(outside, 'victim'))).toBe(false);
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('removing a folder does not follow the links in it', async () => {
  const w = world();
  const outside = temporaryFolder();
  writeFileSync(join(outside, 'keep'), 'x');
  mkdirSync(join(w.target, 'd'));
  symlinkSync(outside, join(w.target, 'd/way'));
  expect(await w.run('d')).toBe('changed');
  expect(existsSync(join(outside, 'keep'))).toBe(true);
});

test('pipes are not copied, and what was there before goes', async () => {
  const w = world();
  execFileSync('mkfifo', [join(w.source, 'p')]);
  writeFileSync(join(w.target, 'p'), 'was a file');
  expect(await w.run('p')).toBe('changed');
  expect(await w.run('p')).toBe('equal');
  expect(existsSync(join(w.target, 'p'))).toBe(false);
});

test('a file that changes while it is copied is left for later, and its copy is thrown away', async () => {
  const w = world();
  const path = join(w.source, 'growing');
  writeFileSync(path, Buffer.alloc(4 * 1024 * 1024));
  // Asked before each piece: the moment for someone else to write.
  const { signal } = new AbortController();
  signal.throwIfAborted = () => appendFileSync(path, 'more');
  expect(await w.run('growing', signal)).toBe('unsettled');
  expect(await contentsOf(w.target)).toEqual({});
  expect(await w.run('growing')).toBe('changed');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('a file that is deleted before it can be copied is looked at again', async () => {
  const w: World = world({ onTemporary: () => rmSync(join(w.source, 'f')) });
  writeFileSync(join(w.source, 'f'), 'x');
  expect(await w.run('f')).toBe('unsettled');
  expect(await w.run('f')).toBe('equal');
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});

test('a source that is gone as a whole fails; it does not empty the target', async () => {
  const w = world();
  writeFileSync(join(w.target, 'f'), 'precious');
  rmSync(w.source, { recursive: true });
  await expect(w.run('f')).rejects.toThrow('not a folder');
  expect(readFileSync(join(w.target, 'f'), 'utf8')).toBe('precious');
});

test('half-written copies of a killed process are removed at the start', async () => {
  const w = world();
  writeFileSync(join(w.target, '.levelset-mirror-x'), 'half');
  writeFileSync(join(w.target, 'mine'), 'whole');
  await w.tree.removeTemporaries();
  expect(Object.keys(await contentsOf(w.target))).toEqual(['mine']);
});

test('all keys of a tree at once, in any order, come out equal', async () => {
  const w = world();
  const keys: string[] = [];
  for (const folder of ['a', 'a/b', 'a/b/c', 'd']) {
    mkdirSync(join(w.source, folder));
    keys.push(folder);
    for (let i = 0; i < 10; i++) {
      writeFileSync(join(w.source, folder, `file ${i}`), `${folder} ${i}`);
      keys.push(`${folder}/file ${i}`);
    }
  }
  writeFileSync(join(w.target, 'a'), 'in the way');
  mkdirSync(join(w.target, 'd/file 3'), { recursive: true });
  await Promise.all(keys.toReversed().map((key) => w.run(key)));
  expect(await contentsOf(w.target)).toEqual(await contentsOf(w.source));
});
