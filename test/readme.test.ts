import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ENV } from '../catalogue/environment.ts';

const ROOT = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] as string);

describe('the README', () => {
  const folder = mkdtempSync(join(ROOT, '.readme-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has code that compiles', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(3);
    blocks.forEach((block, index) => {
      writeFileSync(join(folder, `block-${index}.ts`), block.replaceAll("from './examples", "from '../examples"));
    });
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['*.ts'] }));
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'pipe' });
  });

  test('shows the example as it is', () => {
    expect(blocks[0]).toBe(readFileSync(join(ROOT, 'examples/hello/reconciler.ts'), 'utf8'));
  });

  test('names every environment variable of the catalogue, but for what the platform sets', () => {
    const missing = Object.values(ENV).filter(
      (name) => name !== ENV.cloudRun && name !== ENV.revision && !readme.includes(`\`${name}\``),
    );
    expect(missing).toEqual([]);
  });

  test('names files and npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, script] of readme.matchAll(/npm run (?:-s )?([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(script);
    for (const [, path] of readme.matchAll(/[`(]((?:queue|services|test|examples|docs|proto|local)\/[\w./-]+)[`)]/g)) {
      expect(existsSync(join(ROOT, path as string)), path).toBe(true);
    }
  });

  test('promises what is tested, promise by promise', () => {
    const promises = [...readme.matchAll(/^(\d)\. \*\*/gm)].map((match) => match[1]);
    const tests = execFileSync('ls', [join(ROOT, 'test/promises')], { encoding: 'utf8' });
    expect(promises).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    for (const number of promises) expect(tests).toMatch(new RegExp(`^${number}-`, 'm'));
  });
});
