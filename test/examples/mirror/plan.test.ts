import { expect, test } from 'vitest';
import type { Entry } from '../../../examples/mirror/entry.ts';
import { plan, planFile } from '../../../examples/mirror/plan.ts';

const absent: Entry = { kind: 'absent' };
const special: Entry = { kind: 'special' };
const folder: Entry = { kind: 'folder', mode: 0o755 };
const file: Entry = { kind: 'file', mode: 0o644, size: 3 };
const link: Entry = { kind: 'link', to: Buffer.from('there') };
const all = { absent, special, folder, file, link };

test('whatever the source does not have is removed, unless it is not there', () => {
  for (const target of [special, folder, file, link]) expect(plan(absent, target)).toEqual({ kind: 'remove' });
  expect(plan(absent, absent)).toEqual({ kind: 'nothing' });
});

test('sockets, pipes and devices count as absent', () => {
  for (const target of Object.values(all)) expect(plan(special, target)).toEqual(plan(absent, target));
});

test('a change of kind makes the new kind', () => {
  for (const target of [absent, file, link, special])
    expect(plan(folder, target)).toEqual({ kind: 'make-folder', mode: 0o755 });
  for (const target of [absent, folder, link, special])
    expect(plan(file, target)).toEqual({ kind: 'copy', mode: 0o644 });
  for (const target of [absent, folder, file, special]) expect(plan(link, target)).toMatchObject({ kind: 'make-link' });
});

test('equal ends need nothing', () => {
  expect(plan(folder, { ...folder })).toEqual({ kind: 'nothing' });
  expect(plan(link, { kind: 'link', to: Buffer.from('there') })).toEqual({ kind: 'nothing' });
});

test('a link that points elsewhere is made anew', () => {
  expect(plan(link, { kind: 'link', to: Buffer.from('elsewhere') })).toMatchObject({ kind: 'make-link' });
});

test('files of different sizes are copied; of one size only their bytes can tell', () => {
  expect(plan(file, { kind: 'file', mode: 0o644, size: 4 })).toEqual({ kind: 'copy', mode: 0o644 });
  expect(plan(file, { ...file })).toEqual({ kind: 'compare' });
  expect(planFile(0o644, 0o644, true)).toEqual({ kind: 'nothing' });
  expect(planFile(0o644, 0o600, true)).toEqual({ kind: 'set-mode', mode: 0o644 });
  expect(planFile(0o644, 0o600, false)).toEqual({ kind: 'copy', mode: 0o644 });
});
