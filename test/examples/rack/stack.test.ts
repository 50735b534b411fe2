import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { LocalStack } from '../../support/local-stack.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const guide = readFileSync(join(ROOT, 'docs/resources.md'), 'utf8');
const run = promisify(execFile);
/** `npm run example:rack`. */
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const script = scripts['example:rack'] ?? '';

/** The commands of the guide's rack section, in order, as they are printed there. */
const section = guide.split('\n## The rack')[1]?.split('\n## ')[0] ?? '';
const commands = [...section.matchAll(/^```sh\n(curl .*?)^```/gms)].map((match) => match[1] as string);

test('the commands of the guide do what it says, on the local stack', { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const [node, main, ...args] = script.split(' ');
  expect([node, main]).toEqual(['node', 'local/main.ts']);
  // Of a flag that is given twice the last counts.
  const rest = ['--state', join(folder, 'state'), '--port-base', '19170', '--api-port', '19380', '--json'];
  const stack = await new LocalStack([...args, ...rest]).ready();
  const address = stack.address('api');
  const known: Record<string, string> = {};

  const curl = async (command: string): Promise<any> => {
    let text = command.replaceAll('http://localhost:8080', address).replace('curl ', 'curl -sS ');
    for (const [placeholder, uid] of Object.entries(known)) text = text.replaceAll(placeholder, uid);
    expect(text).not.toMatch(/<[a-z]+-uid>/);
    const { stdout } = await run('sh', ['-c', text]);
    return JSON.parse(stdout);
  };
  const find = (words: string, nth = 0) => {
    const found = commands.filter((command) => command.includes(words))[nth];
    if (found === undefined) throw new Error(`the guide has no such command: ${words}`);
    return found;
  };
  const ready = (uid: string) =>
    eventually(
      `${uid} is ready`,
      async () => {
        const rack = await curl(`curl http://localhost:8080/racks/${uid}`);
        return rack.status.phase === 'Ready' && rack;
      },
      60_000,
      200,
    );
  const counts = async () =>
    Promise.all(
      ['chassis', 'blades', 'nodes', 'bmcs'].map(async (kind) => (await curl(find(`8080/${kind}\n`))).length),
    );

  const template = await curl(find('POST http://localhost:8080/racktemplates'));
  known['<template-uid>'] = template.metadata.uid;
  const rack = await curl(find('POST http://localhost:8080/racks \\'));
  known['<rack-uid>'] = rack.metadata.uid;
  expect(rack.status.phase).toBe('Pending');
  const { status } = await ready(rack.metadata.uid);
  expect((await curl(find('8080/racks/<rack-uid>'))).status).toEqual(status);
  expect(status).toMatchObject({ totalChassis: 2, totalBlades: 8, totalNodes: 16, totalBMCs: 8 });
  expect(await counts()).toEqual([2, 8, 16, 8]);
  known['<chassis-uid>'] = status.chassisUIDs[0];
  expect((await curl(find('8080/chassis/<chassis-uid>'))).status.bladeUIDs).toHaveLength(4);

  const dedicated = await curl(find('POST http://localhost:8080/racktemplates', 1));
  known['<template-uid>'] = dedicated.metadata.uid;
  const second = await curl(find('POST http://localhost:8080/racks \\', 1));
  expect((await ready(second.metadata.uid)).status).toMatchObject({
    totalChassis: 1,
    totalBlades: 2,
    totalNodes: 8,
    totalBMCs: 8,
  });

  await curl(find('-X DELETE'));
  await eventually('the first rack is gone', async () => (await counts()).join() === '1,2,8,8', 60_000, 200);
  expect(stack.count('key.failed') + stack.count('key.rejected')).toBe(0);
  stack.signal('SIGINT');
  expect(await stack.exited).toBe(0);
});
