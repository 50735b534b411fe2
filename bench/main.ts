import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Bench } from './bench.ts';
import { BENCHES } from './benches.ts';
import { replaceBlock } from './blocks.ts';
import { type BenchOptions, commandOf, parseOptions } from './options.ts';
import { renderTable, type Table, tableJson } from './table.ts';

/** Of this process: a bench failed, was called wrongly, or found that a budget is not met. */
const EXIT = { failed: 1, usage: 2, unmet: 3, interrupted: 130, terminated: 143 } as const;

// Children end with this process: see children.ts.
process.once('SIGINT', () => process.exit(EXIT.interrupted));
process.once('SIGTERM', () => process.exit(EXIT.terminated));

const parsed = parseOptions(process.argv.slice(2), Object.keys(BENCHES));
if (!parsed.ok) {
  console.error(parsed.problem);
  process.exit(EXIT.usage);
}
if (parsed.options.help) console.log(help());
else process.exit(await runAll(parsed.options));

/** Runs what was asked for, one after the other; what fails does not keep the others from running. */
async function runAll(options: BenchOptions): Promise<number> {
  const every = Object.keys(BENCHES).filter((name) => !BENCHES[name]?.onlyByName);
  let code = 0;
  for (const name of options.names.length > 0 ? options.names : every) {
    try {
      if (!(await runOne(name, BENCHES[name] as Bench, options))) code ||= EXIT.unmet;
    } catch (error) {
      console.error(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
      code = EXIT.failed;
    }
  }
  return code;
}

async function runOne(name: string, bench: Bench, options: BenchOptions): Promise<boolean> {
  const beganMs = performance.now();
  const texts = [`\`${commandOf(name, options)}\` (${runtime()})`];
  const show = (table: Table) => {
    if (options.json) process.stdout.write(`${tableJson({ ...table, bench: name })}\n`);
    else process.stdout.write(`${renderTable(table)}\n`);
    texts.push(renderTable(table).trim());
  };
  const progress = (text: string) => {
    const seconds = Math.round((performance.now() - beganMs) / 1000);
    process.stderr.write(`${name} ${seconds} s: ${text}\n`);
  };
  const held = await bench.run(options, { table: show, progress });
  if (options.into !== undefined) write(options.into, name, texts.join('\n\n'));
  return held;
}

function write(file: string, name: string, text: string): void {
  const document = replaceBlock(readFileSync(file, 'utf8'), name, text);
  if (document === undefined) throw new Error(`the document has no block for this bench: file=${file} name=${name}`);
  writeFileSync(file, document);
}

function runtime(): string {
  return `Node ${process.versions.node}, ${availableParallelism()} cores, ${new Date().toISOString().slice(0, 10)}`;
}

function help(): string {
  const width = Math.max(...Object.keys(BENCHES).map((name) => name.length));
  return `npm run bench -- [NAME...] [options]

${Object.entries(BENCHES)
  .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  .join('\n')}

  --runs N      times each measurement is made (3); tables show median, least and most
  --latency MS  injected into each request to the bucket (30)
  --hint MS     from publishing a hint to its push (50)
  --quick       a tenth of the work, one run: to see that it works, not to quote
  --json        a line of JSON for each table; otherwise Markdown
  --into FILE   put the tables of each bench between its marks in this document as well

Without a name all but budgets run, some minutes each. Progress goes to stderr. Each bench measures the other side in the
same run: compare ratios, absolute figures are of this machine. Exit code 1: a bench failed; 2: wrong usage; 3: a budget is not met.`;
}
