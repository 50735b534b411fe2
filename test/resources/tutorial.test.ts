import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { LocalStack } from '../support/local-stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

const guide = readFileSync(join(ROOT, 'docs/resources.md'), 'utf8');
const tutorial = guide.split('\n## Ten minutes')[1]?.split('\n## ')[0] ?? '';
const shell = [...tutorial.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1] as string);

/** An empty folder after the commands of the tutorial that install: these links are what npm makes, without the network. */
function installed(): string {
  const folder = temporaryFolder();
  expect(shell[0]).toContain('npm install ~/levelset zod\nnpm install --save-dev vitest');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'devices', type: 'module' }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/levelset'));
  symlinkSync(join(ROOT, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
  // A copy of its own, as npm makes one: kinds and library need not share it.
  cpSync(join(ROOT, 'node_modules/zod'), join(folder, 'node_modules/zod'), { recursive: true });
  return folder;
}

test('the tutorial leads from an empty folder to a reconciling kind', { timeout: 180_000 }, async () => {
  const folder = installed();
  for (const [, name, code] of tutorial.matchAll(/`(\w[\w.]*\.ts)`[^`]*:\n\n```ts\n(.*?)^```/gms))
    writeFileSync(join(folder, name as string), code as string);

  expect(shell[1]).toBe('npx vitest run\n');
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const { VITEST: _vitest, VITEST_MODE: _mode, ...env } = process.env;
  const { stdout: report } = await run(process.execPath, [vitest, 'run', '--root', folder], { cwd: folder, env });
  expect(report).toContain('1 passed');

  const flags = /^node node_modules\/levelset\/local\/main.ts (.*)\n$/.exec(shell[2] ?? '')?.[1]?.split(' ') ?? [];
  expect(flags).toContain('--kinds');
  const here = flags.map((flag) => (flag.endsWith('.ts') ? join(folder, flag) : flag));
  const rest = ['--state', join(folder, '.levelset'), '--port-base', '19470', '--api-port', '19680', '--json'];
  const stack = await new LocalStack([...here, ...rest]).ready();

  const curl = async (command: string, uid = ''): Promise<any> => {
    const text = command.replace('http://localhost:8080', stack.address('api')).replace('<device-uid>', uid);
    const { stdout } = await run('sh', ['-c', text.replace('curl ', 'curl -sS ')]);
    return JSON.parse(stdout);
  };
  const [post = '', list = '', patch = '', get = '', ...surplus] = (shell[3] ?? '').trim().split('\n');
  expect(surplus).toEqual([]);
  const { metadata } = await curl(post);
  await eventually('it runs', async () => (await curl(list))[0]?.status.state === 'running', 30_000, 100);
  await curl(patch, metadata.uid);
  await eventually(
    'it is stopped',
    async () => (await curl(get, metadata.uid)).status.state === 'stopped',
    30_000,
    100,
  );
  stack.signal('SIGINT');
  expect(await stack.exited).toBe(0);
});
