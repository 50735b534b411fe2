import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inventory } from '../../../examples/mirror/watcher/inventory.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function take(folders: { source: string; target: string }) {
  const keys: string[] = [];
  const skipped: Record<string, string> = {};
  for await (const key of inventory(folders, (path, problem) => (skipped[path] = problem))) keys.push(key);
  return { keys: keys.sort(), skipped };
}

function folders() {
  const base = temporaryFolder();
  const pair = { source: join(base, 'source'), target: join(base, 'target') };
  mkdirSync(pair.source);
  mkdirSync(pair.target);
  return pair;
}

test('all paths of the source, and those of the target that the source does not have', async () => {
  const pair = folders();
  mkdirSync(join(pair.source, 'a/b'), { recursive: true });
  writeFileSync(join(pair.source, 'a/b/ü ☃'), '');
  symlinkSync('/etc', join(pair.source, 'link'));
  mkdirSync(join(pair.target, 'a/gone'), { recursive: true });
  writeFileSync(join(pair.target, 'a/gone/x'), '');
  writeFileSync(join(pair.target, '.levelset-mirror-1'), '');
  expect(await take(pair)).toEqual({ keys: ['a', 'a/b', 'a/b/ü ☃', 'a/gone', 'a/gone/x', 'link'], skipped: {} });
});

test('names that cannot be keys are reported and passed over', async () => {
  const pair = folders();
  writeFileSync(join(pair.source, 'line\nbreak'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${pair.source}/`), Buffer.from([0x66, 0xff])]), '');
  writeFileSync(join(pair.source, '.levelset-mirror-mine'), '');
  let deep = pair.source;
  for (let i = 0; i < 6; i++) mkdirSync((deep = join(deep, 'x'.repeat(200))));
  writeFileSync(join(pair.source, 'fine'), '');
  const { keys, skipped } = await take(pair);
  expect(keys.filter((key) => !key.startsWith('xxx'))).toEqual(['fine']);
  expect(keys.every((key) => Buffer.byteLength(key) <= 1000)).toBe(true);
  expect(Object.values(skipped)).toEqual(
    expect.arrayContaining([
      expect.stringContaining('control character'),
      expect.stringContaining('not valid UTF-8'),
      expect.stringContaining('longer than 1000 bytes'),
    ]),
  );
});
