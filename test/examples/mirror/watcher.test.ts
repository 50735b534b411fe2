import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Outbox } from '../../../examples/mirror/watcher/outbox.ts';
import { Watcher } from '../../../examples/mirror/watcher/watcher.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function watched(prepare: (source: string, target: string) => void = () => {}) {
  const base = temporaryFolder();
  const folders = { source: join(base, 'source'), target: join(base, 'target') };
  mkdirSync(folders.source);
  mkdirSync(folders.target);
  prepare(folders.source, folders.target);
  const told: string[] = [];
  const skipped: string[] = [];
  const outbox = new Outbox({
    post: async (key) => {
      told.push(key);
      return { kind: 'accepted' };
    },
    clock: systemClock,
    concurrency: 4,
    limit: 10_000,
    onOverflow: () => {},
    onRefused: () => {},
    onDoor: () => {},
  });
  const watcher = new Watcher({
    folders,
    outbox,
    clock: systemClock,
    resyncMs: 3_600_000,
    onSkip: (path) => skipped.push(path),
    onError: (problem) => skipped.push(problem),
  });
  onTestFinished(() => watcher[Symbol.asyncDispose]());
  await watcher.ready();
  /** Which of these keys it is not told of, however long one waits. */
  const missed = async (...keys: string[]) => {
    await eventually('told', () => keys.every((key) => told.includes(key)), 5_000).catch(() => {});
    return keys.filter((key) => !told.includes(key));
  };
  const path = (...parts: string[]) => join(folders.source, ...parts);
  return { ...folders, told, skipped, missed, path };
}

test('everything is told once at the start, with what the target has too much', async () => {
  const w = await watched((source, target) => {
    mkdirSync(join(source, 'd'));
    writeFileSync(join(source, 'd/f'), '');
    writeFileSync(join(target, 'gone'), '');
  });
  expect(await w.missed('d', 'd/f', 'gone')).toEqual([]);
});

test('create, change, rename and delete of files are told', async () => {
  const w = await watched((source) => writeFileSync(join(source, 'old'), '1'));
  expect(await w.missed('old')).toEqual([]);
  w.told.length = 0;
  writeFileSync(w.path('new ü'), '1');
  expect(await w.missed('new ü')).toEqual([]);
  w.told.length = 0;
  writeFileSync(w.path('new ü'), '22');
  expect(await w.missed('new ü')).toEqual([]);
  w.told.length = 0;
  renameSync(w.path('old'), w.path('renamed'));
  expect(await w.missed('old', 'renamed')).toEqual([]);
  w.told.length = 0;
  rmSync(w.path('renamed'));
  expect(await w.missed('renamed')).toEqual([]);
});

test('folders that are made, filled, renamed and removed are told', async () => {
  const w = await watched();
  mkdirSync(w.path('a/b'), { recursive: true });
  writeFileSync(w.path('a/b/f'), '1');
  expect(await w.missed('a', 'a/b', 'a/b/f')).toEqual([]);
  w.told.length = 0;
  renameSync(w.path('a'), w.path('z'));
  expect(await w.missed('a', 'z', 'z/b', 'z/b/f')).toEqual([]);
  w.told.length = 0;
  rmSync(w.path('z'), { recursive: true });
  expect(await w.missed('z')).toEqual([]);
});

test("editors' backups are files like others", async () => {
  const w = await watched();
  writeFileSync(w.path('notes~'), '1');
  writeFileSync(w.path('.notes.swp'), '1');
  expect(await w.missed('notes~', '.notes.swp')).toEqual([]);
});

test('a change of mode is told', async () => {
  const w = await watched((source) => writeFileSync(join(source, 'f'), '1', { mode: 0o600 }));
  expect(await w.missed('f')).toEqual([]);
  w.told.length = 0;
  chmodSync(w.path('f'), 0o755);
  expect(await w.missed('f')).toEqual([]);
});

test('a name that cannot be a key is reported once', async () => {
  const w = await watched();
  writeFileSync(w.path('two\nlines'), '1');
  await eventually('reported', () => w.skipped.length > 0);
  writeFileSync(w.path('two\nlines'), '22');
  writeFileSync(w.path('fine'), '1');
  expect(await w.missed('fine')).toEqual([]);
  expect(w.skipped).toEqual(['two\nlines']);
});
