import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GENERATED, generate } from '../../proto/generate.ts';

function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

test('the generated types are those of the protos: run `npm run proto` where this fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'levelset-proto-'));
  try {
    generate(join(folder, 'gen'));
    expect(contents(GENERATED)).toEqual(contents(join(folder, 'gen')));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
