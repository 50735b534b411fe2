import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Mutant } from './mutants.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** A copy of the sources in a folder of its own, which may be mutated. The sources themselves are only read. */
export class MutatedCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'levelset-mutant-'));

  constructor() {
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
    for (const file of listed.toString().split('\n')) {
      if (/^(queue|services|catalogue|proto|test|local|cli|examples)\/|^[^/]+\.(json|ts)$/.test(file)) {
        cpSync(join(ROOT, file), join(this.folder, file));
      }
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Applies a mutant. Returns a function that undoes it. */
  mutate(mutant: Mutant): () => void {
    const path = join(this.folder, mutant.file);
    const source = readFileSync(path, 'utf8');
    if (occurrences(source, mutant.find) !== 1) throw new Error(`mutant does not fit its source: ${mutant.name}`);
    writeFileSync(
      path,
      source.replace(mutant.find, () => mutant.replace),
    );
    return () => writeFileSync(path, source);
  }

  /** Removes the folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function occurrences(source: string, text: string): number {
  return source.split(text).length - 1;
}
