/**
 * Demands that every mutant is caught: `npm run test:mutants [-- --only <part of a name>] [--seeds 150] [--into <document>]`.
 * Prints which check has caught which, and ends with 1 if one survives. `--into` puts the table into the document's block.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { replaceBlock } from '../../bench/blocks.ts';
import { MutatedCopy } from './mutated-copy.ts';
import { type Check, CHECKS, type Mutant, MUTANTS } from './mutants.ts';

/** A check that takes longer hangs, which is red too, and said so. */
const MOST_MS = 600_000;
/** Copies that are tried at once. */
const AT_ONCE = 2;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '150' },
    into: { type: 'string' },
  },
});
const chosen = MUTANTS.filter(({ name }) => name.includes(values.only));
const survivors: Mutant[] = [];
const catches = new Map<Mutant, string>();

await demandGreen();
const left = [...chosen];
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants caught`);
for (const { name } of survivors) console.log(`survived: ${name}`);
if (values.into !== undefined) write(values.into);
process.exitCode = survivors.length > 0 ? 1 : 0;

async function work(): Promise<void> {
  const copy = new MutatedCopy();
  try {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const undo = copy.mutate(mutant);
      const caught = await firstToCatch(copy, mutant);
      undo();
      if (caught === undefined) survivors.push(mutant);
      else catches.set(mutant, caught);
      console.log(`${mutant.name.padEnd(76)} ${caught ?? 'SURVIVED'}`);
    }
  } finally {
    copy.remove();
  }
}

/** What is red without any mutant proves nothing. */
async function demandGreen(): Promise<void> {
  const copy = new MutatedCopy();
  try {
    for (const check of new Set(chosen.flatMap(({ caughtBy = CHECKS }) => caughtBy))) {
      const red = await isRed(copy, check);
      if (red !== undefined) throw new Error(`red without a mutant: ${check}\n${red}`);
    }
  } finally {
    copy.remove();
  }
}

async function firstToCatch(copy: MutatedCopy, { caughtBy = CHECKS }: Mutant): Promise<string | undefined> {
  for (const check of caughtBy) {
    const red = await isRed(copy, check);
    if (red !== undefined) return check.startsWith('test/') ? check : `${check}: ${lawIn(red) || 'no law'}`;
  }
  return undefined;
}

/** The output of a check that fails; `undefined` when it passes. */
function isRed(copy: MutatedCopy, check: Check): Promise<string | undefined> {
  const args = commandOf(copy, check);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: copy.folder,
      timeout: MOST_MS,
      env: { ...process.env, SEED: undefined },
    });
    let output = '';
    const listen = (chunk: Buffer) => void (output = (output + chunk.toString()).slice(-20_000));
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('close', (code, signal) => {
      const hangs = `no end within ${MOST_MS / 1000} s`;
      resolve(code === 0 ? undefined : signal ? hangs : output);
    });
  });
}

function commandOf(copy: MutatedCopy, check: Check): string[] {
  if (check === 'simulation') return ['test/sim/run.ts', '--seeds', values.seeds];
  if (check.startsWith('explorer ')) return ['test/sim/explorer/run.ts', check.slice('explorer '.length)];
  if (!existsSync(join(copy.folder, check))) throw new Error(`no such test: ${check}`);
  return [join(copy.folder, 'node_modules/vitest/vitest.mjs'), 'run', '--bail', '1', check];
}

/** The law that was broken: as the explorer says it before its trace, or the simulation in the last line of its story. */
function lawIn(output: string): string {
  const line = /^VIOLATION: (.*)$/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
  return line.replace(/: (key=)?\S+( at event \d+)?$/, '');
}

function write(file: string): void {
  const rows = chosen.map(
    (mutant) => `| ${mutant.name} | \`${mutant.file}\` | ${catches.get(mutant) ?? '**survived**'} |`,
  );
  const table = ['| mutant | in | caught by |', '|---|---|---|', ...rows].join('\n');
  const document = replaceBlock(readFileSync(file, 'utf8'), 'all', table, 'mutants');
  if (document === undefined) throw new Error(`the document has no block for mutants: file=${file}`);
  writeFileSync(file, document);
}
