import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identityOf, isAlive } from '../../local/process-identity.ts';
import { findRunning, StateFolder, StateFolderError } from '../../local/state-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const inside = (name = 'state') => join(temporaryFolder(), name);
const GONE = { pid: process.pid, born: 'another time' };

test('a folder is made, kept, and emptied by fresh', () => {
  const path = inside();
  const first = StateFolder.open(path, false);
  mkdirSync(join(path, 'storage'));
  first[Symbol.dispose]();
  StateFolder.open(path, false)[Symbol.dispose]();
  expect(existsSync(join(path, 'storage'))).toBe(true);
  StateFolder.open(path, true)[Symbol.dispose]();
  expect(existsSync(join(path, 'storage'))).toBe(false);
});

test.each([true, false])('a folder with files that are not ours is left alone (fresh: %s)', (fresh) => {
  const path = inside();
  mkdirSync(path);
  writeFileSync(join(path, 'thesis.txt'), 'years of work');
  expect(() => StateFolder.open(path, fresh)).toThrow(StateFolderError);
  expect(() => StateFolder.open(path, fresh)).toThrow('not ours');
  expect(readFileSync(join(path, 'thesis.txt'), 'utf8')).toBe('years of work');
});

test('a link to a folder, or a file, is no state folder', () => {
  const base = temporaryFolder();
  symlinkSync(base, join(base, 'link'));
  writeFileSync(join(base, 'file'), '');
  expect(() => StateFolder.open(join(base, 'link'), true)).toThrow('not a folder');
  expect(() => StateFolder.open(join(base, 'file'), true)).toThrow('not a folder');
});

test('one stack at a time', () => {
  const path = inside();
  const first = StateFolder.open(path, false);
  expect(() => StateFolder.open(path, true)).toThrow(`pid=${process.pid}`);
  first[Symbol.dispose]();
  StateFolder.open(path, false)[Symbol.dispose]();
});

test('the lock of a process that is gone is taken over, also where its number was given to another', () => {
  const path = inside();
  StateFolder.open(path, false)[Symbol.dispose]();
  for (const left of [JSON.stringify(GONE), 'garbage', '']) {
    writeFileSync(join(path, 'lock'), left);
    const folder = StateFolder.open(path, false);
    expect(JSON.parse(readFileSync(join(path, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    folder[Symbol.dispose]();
  }
});

test('a running stack is found by what it announced; one that was killed is not', () => {
  const path = inside();
  expect(findRunning(path)).toBeUndefined();
  const folder = StateFolder.open(path, false);
  expect(findRunning(path)).toBeUndefined();
  folder.announce({ A: 'b' });
  expect(findRunning(path)).toMatchObject({ environment: { A: 'b' } });
  folder[Symbol.dispose]();
  expect(findRunning(path)).toBeUndefined();
  writeFileSync(join(path, 'stack.json'), JSON.stringify({ process: GONE, environment: {} }));
  expect(findRunning(path)).toBeUndefined();
});

test('a process is alive while it is the same one', () => {
  expect(isAlive(identityOf(process.pid))).toBe(true);
  expect(isAlive({ pid: 2 ** 22 + 1 })).toBe(false);
});
