import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runLocal } from '../../local/program.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function run(workingFolder: string, ...args: string[]) {
  let out = '';
  let err = '';
  const exit = await runLocal(args, {
    clock: systemClock,
    random: systemRandom,
    env: {},
    output: { write: (text) => (out += text) },
    complain: (problem) => (err += `${problem}\n`),
    workingFolder,
    packageRoot: workingFolder,
  });
  return { exit, out, err };
}

test.each<[string[], string]>([
  [['--concurrency', 'many'], 'concurrency=many'],
  [['--no-such-flag'], 'unknown option'],
  [['surplus'], 'too many arguments'],
  [['--source', 'nowhere', '--target', 't'], 'source is not an existing folder'],
  [['--source', 's', '--target', 's/inside'], 'may not contain each other'],
  [['--source', 's', '--target', 'f'], 'target cannot be made'],
  [['--reconciler', 'missing.ts'], '--reconciler must name a file'],
])('%j exits with 2 and says why', async (args, problem) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 's'));
  writeFileSync(join(folder, 'f'), '');
  expect(await run(folder, ...args)).toMatchObject({ exit: 2, err: expect.stringContaining(problem) });
});

test('help names all flags and exits with 0', async () => {
  const { exit, out } = await run(temporaryFolder(), '--help');
  expect(exit).toBe(0);
  for (const flag of [
    '--source',
    '--target',
    '--port-base',
    '--regions',
    '--concurrency',
    '--state',
    '--fresh',
    '--json',
    'exec',
  ]) {
    expect(out).toContain(flag);
  }
});

test('a state folder that is not ours is refused', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 's'));
  writeFileSync(join(folder, 'r.ts'), '');
  writeFileSync(join(folder, 's/mine'), '');
  const { exit, err } = await run(folder, '--reconciler', 'r.ts', '--state', 's', '--fresh');
  expect({ exit, err }).toMatchObject({ exit: 1, err: expect.stringContaining('not ours') });
});
