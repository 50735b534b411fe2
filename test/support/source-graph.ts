import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** One import or re-export of a module. */
export interface Import {
  /** Path from the root, for a file of ours; the specifier otherwise. */
  readonly target: string;
  readonly ours: boolean;
  /** Names taken; empty for `import * as`, side effects and `import()`. */
  readonly names: readonly string[];
  /** Types alone vanish when the sources run. */
  readonly typeOnly: boolean;
  /** By `import()`, while the program runs. */
  readonly dynamic: boolean;
}

/** All sources that git knows of, or would take in. */
export const allFiles: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && !/^[^/]+\.config\.ts$|^\.readme-/.test(file));

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:\*\s+as\s+\w+|\{([^}]*)\}|\w+)?\s*(?:from\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

export function importsOf(file: string): readonly Import[] {
  return [...sourceOf(file).matchAll(IMPORT)].map(([, type, names = '', from, dynamic]) => {
    const specifier = (from ?? dynamic) as string;
    const ours = specifier.startsWith('.');
    return {
      target: ours ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : specifier,
      ours,
      names: namesIn(names),
      dynamic: dynamic !== undefined,
      typeOnly: type !== undefined || (names !== '' && names.split(',').every((name) => /^\s*(type\s|$)/.test(name))),
    };
  });
}

const EXPORT =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type)\s+(\w+)/gm;

/** Names that a file exports by declaring them. */
export function exportsOf(file: string): readonly string[] {
  return [...sourceOf(file).matchAll(EXPORT)].map(([, name]) => name as string);
}

export function sourceOf(file: string): string {
  return readFileSync(resolve(ROOT, file), 'utf8');
}

function namesIn(clause: string): string[] {
  return clause
    .split(',')
    .map((name) =>
      name
        .replace(/^\s*type\s+/, '')
        .replace(/\s+as\s+.*$/s, '')
        .trim(),
    )
    .filter((name) => name !== '');
}
