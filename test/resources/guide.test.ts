import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ERROR_TABLE } from '../../resources/reconcile/error-table.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(ROOT, 'docs/resources.md'), 'utf8');
const blocks = [...guide.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1] as string);

describe('the guide to resources', () => {
  const folder = mkdtempSync(join(ROOT, '.readme-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has code that compiles', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(6);
    blocks.forEach((block, index) => {
      const code = block.replaceAll(/from '\.\//g, "from '../examples/device/");
      writeFileSync(join(folder, `block-${index}.ts`), code);
    });
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../tsconfig.json', include: ['*.ts'] }));
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder], { stdio: 'pipe' });
  });

  test('shows the device as it is', () => {
    const files = ['kinds', 'reconciler', 'main'].map((name) =>
      readFileSync(join(ROOT, `examples/device/${name}.ts`), 'utf8'),
    );
    expect(blocks.slice(0, 3)).toEqual(files);
  });

  test('names files that exist, and every reason of the error table', () => {
    for (const [, path] of guide.matchAll(/`((?:resources|services|test|examples)\/[\w./-]+)`/g)) {
      expect(existsSync(join(ROOT, path as string)), path).toBe(true);
    }
    for (const rule of Object.values(ERROR_TABLE))
      if ('ready' in rule) expect(guide).toContain(`\`${rule.ready.reason}\``);
  });
});
