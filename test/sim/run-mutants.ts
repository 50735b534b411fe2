/**
 * Demands that every mutant is caught: `npm run test:mutants [-- --only <part of a name>] [--seeds 150]`. Prints which check has
 * caught which, and ends with 1 if one survives.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MutatedCopy } from './mutated-copy.ts';
import { type Check, type Mutant, MUTANTS } from './mutants.ts';

/** A check that takes longer hangs, which is red too. */
const MOST_MS = 240_000;
/** Copies that are tried at once. */
const AT_ONCE = 2;

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seeds: { type: 'string', default: '150' } },
});
const chosen = MUTANTS.filter(({ name }) => name.includes(values.only));
const survivors: Mutant[] = [];

await demandGreen();
const left = [...chosen];
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants caught`);
for (const { name } of survivors) console.log(`survived: ${name}`);
process.exitCode = survivors.length > 0 ? 1 : 0;

async function work(): Promise<void> {
  const copy = new MutatedCopy();
  try {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      const undo = copy.mutate(mutant);
      const caught = await firstToCatch(copy, mutant);
      undo();
      if (!caught) survivors.push(mutant);
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
    for (const check of new Set(chosen.flatMap(({ caughtBy }) => caughtBy))) {
      const red = await isRed(copy, check);
      if (red !== undefined) throw new Error(`red without a mutant: ${check}\n${red}`);
    }
  } finally {
    copy.remove();
  }
}

async function firstToCatch(copy: MutatedCopy, { caughtBy }: Mutant): Promise<string | undefined> {
  for (const check of caughtBy) {
    const red = await isRed(copy, check);
    if (red !== undefined) return check === 'simulation' ? `${check}: ${lawIn(red)}` : check;
  }
  return undefined;
}

/** The output of a check that fails; `undefined` when it passes. */
function isRed(copy: MutatedCopy, check: Check): Promise<string | undefined> {
  if (check !== 'simulation' && !existsSync(join(copy.folder, check))) throw new Error(`no such test: ${check}`);
  const vitest = join(copy.folder, 'node_modules/vitest/vitest.mjs');
  const args =
    check === 'simulation' ? ['test/sim/run.ts', '--seeds', values.seeds] : [vitest, 'run', '--bail', '1', check];
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
    child.on('close', (code) => resolve(code === 0 ? undefined : output));
  });
}

/** The law that was broken, as the last line of a story tells it. */
function lawIn(output: string): string {
  const line = output.trim().split('\n').at(-1) ?? '';
  return line.replace(/: \S+ at event \d+$/, '');
}
