import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { contentsOf } from '../support/folder-contents.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, LocalStack } from '../support/local-stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Folders {
  readonly base: string;
  readonly source: string;
  readonly target: string;
  readonly state: string;
}

let folders: Folders;

beforeEach(() => {
  const base = temporaryFolder();
  folders = { base, source: join(base, 'source'), target: join(base, 'target'), state: join(base, 'state') };
  mkdirSync(folders.source);
});

function start(...args: string[]): Promise<LocalStack> {
  const { source, target, state } = folders;
  const flags = [
    '--source',
    source,
    '--target',
    target,
    '--state',
    state,
    '--port-base',
    '21070',
    '--tick',
    '1',
    '--json',
  ];
  return new LocalStack([...flags, ...args]).ready();
}

/** So many files in nested folders with spaces and names beyond ASCII, an empty folder and a link. */
function fill(source: string, files: number): void {
  for (let i = 0; i < files; i++) {
    const folder = join(source, `Übung ${i % 10}`, `日本 ${i % 5}`, i % 3 === 0 ? 'deep er' : '');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file ${i} é.txt`), `content ${i}\n`.repeat(i));
  }
  mkdirSync(join(source, 'empty'));
  symlinkSync('Übung 1', join(source, 'link'));
}

/** Some of everything: edits, deletes, new files, a renamed file and a renamed folder. */
function stir(source: string, round: string): void {
  // One of those that no earlier round has renamed.
  const folder = readdirSync(source).find((name) => /^Übung \d$/.test(name)) ?? '';
  const inner = join(source, folder, readdirSync(join(source, folder)).find((name) => name.startsWith('日本')) ?? '');
  for (const [i, name] of readdirSync(inner, { withFileTypes: true }).entries()) {
    if (!name.isFile()) continue;
    const path = join(inner, name.name);
    if (i % 3 === 0) writeFileSync(path, `${round} edited`);
    else if (i % 3 === 1) rmSync(path);
    else renameSync(path, `${path} renamed in ${round}`);
  }
  for (let i = 0; i < 10; i++) writeFileSync(join(source, folder, `new ${i} ${round}`), round.repeat(i));
  renameSync(join(source, folder), join(source, `${folder} ${round}`));
  mkdirSync(join(source, `again ${round}`));
}

async function equal(stack: LocalStack): Promise<void> {
  const { source, target } = folders;
  await eventually(
    'the target equals the source',
    async () => {
      const [wanted, got] = await Promise.all([contentsOf(source), contentsOf(target)]);
      return JSON.stringify(wanted) === JSON.stringify(got);
    },
    40_000,
    // Reading both folders is work in itself, which the stack is to have done meanwhile.
    250,
  ).catch(() => {});
  expect(await contentsOf(target)).toEqual(await contentsOf(source));
  expect(stack.count('key.exhausted') + stack.count('key.rejected')).toBe(0);
}

test(
  'mirrors 500 files, keeps up with changes, and heals after kill -9 of any one process',
  {
    timeout: 120_000,
  },
  async () => {
    const { source } = folders;
    fill(source, 500);
    const stack = await start();
    await equal(stack);

    stir(source, 'live');
    await equal(stack);

    for (const victim of ['bucket', 'pubsub', 'receiver', 'dispatcher', 'reconciler']) {
      const from = stack.records.length;
      stir(source, victim);
      // Part-way: some are done, others are not.
      await stack.seen('key.done', from);
      await stack.killHard(victim);
      await equal(stack);
    }

    // What changed while nobody watched is found by the inventory of the next start.
    const watched = stack.killHard('watcher');
    stir(source, 'watcher');
    rmSync(join(source, 'empty'), { recursive: true });
    await watched;
    await equal(stack);

    stack.signal('SIGINT');
    expect(await stack.exited).toBe(0);
    expect(stack.survivors()).toEqual([]);
  },
);

test('two regions mirror one folder, and one goes on when the other is killed', { timeout: 60_000 }, async () => {
  const { source } = folders;
  fill(source, 60);
  const stack = await start('--regions', 'north,south', '--concurrency', '5');
  await equal(stack);
  const workers = new Set(stack.records.filter(({ event }) => event === 'key.started').map((record) => record.process));
  expect(workers).toEqual(new Set(['dispatcher-north', 'dispatcher-south']));

  const from = stack.records.length;
  stir(source, 'two');
  await stack.seen('key.started', from, 'dispatcher-north');
  await stack.killHard('dispatcher-north');
  await equal(stack);
  stack.signal('SIGTERM');
  expect(await stack.exited).toBe(0);
  expect(stack.survivors()).toEqual([]);
});

test('a second stack on one state folder is refused; commands run against the first and give their own exit code', async () => {
  const { base, source, state } = folders;
  const stack = await start();
  const second = await LocalStack.run(['--source', source, '--target', join(base, 'other'), '--state', state]);
  expect(second).toMatchObject({ exit: 1, complaints: expect.stringContaining('runs on this state folder already') });

  const exec = (...command: string[]) => LocalStack.run(['exec', '--state', state, '--', ...command]);
  expect(await exec('sh', '-c', 'exit 7')).toMatchObject({ exit: 7 });
  expect(await exec('sh', '-c', 'kill -9 $$')).toMatchObject({ exit: 137 });
  expect(await exec('no-such-command-at-all')).toMatchObject({ exit: 127 });
  const variables = [
    'STORAGE_EMULATOR_HOST',
    'LEVELSET_STORAGE_ENDPOINT',
    'PUBSUB_EMULATOR_HOST',
    'LEVELSET_RECEIVER',
    'LEVELSET_BUCKET',
  ];
  expect(await exec('sh', '-c', variables.map((name) => `test -n "$${name}"`).join(' && '))).toMatchObject({ exit: 0 });

  const { snapshot, recent } = (await (await fetch(`${stack.address('inspector')}/state.json`)).json()) as {
    snapshot: unknown;
    recent: unknown;
  };
  expect(snapshot).toMatchObject({ eligible: { count: 0 }, dead: { count: 0 } });
  expect(recent).toBeInstanceOf(Array);
  stack.signal('SIGINT');
  expect(await stack.exited).toBe(0);
  expect(await exec('true')).toMatchObject({ exit: 3, complaints: expect.stringContaining('no stack runs') });
});

test('when the parent is killed its processes go, and the next start takes over what it left', async () => {
  const { source } = folders;
  writeFileSync(join(source, 'one'), '1');
  const stack = await start();
  await equal(stack);
  stack.signal('SIGKILL');
  await stack.exited;
  await eventually('all processes are gone', () => stack.survivors().length === 0);
  writeFileSync(join(source, 'two'), '2');
  const next = await start();
  await equal(next);
  expect(isAlive(next.pidOf('bucket'))).toBe(true);
});
