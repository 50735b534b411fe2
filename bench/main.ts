import type { Bench } from './bench.ts';
import { coldstart } from './coldstart.ts';
import { cost } from './cost.ts';
import { depth } from './depth.ts';
import { drain } from './drain.ts';
import { enqueueBench } from './enqueue.ts';
import { latency } from './latency.ts';
import { parseOptions } from './options.ts';
import { peers } from './peers.ts';
import { soak } from './soak.ts';
import { startup } from './startup.ts';
import { renderTable, tableJson } from './table.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  drain,
  latency,
  depth,
  cost,
  enqueue: enqueueBench,
  soak,
  coldstart,
  startup,
  peers,
};

const parsed = parseOptions(process.argv.slice(2), Object.keys(BENCHES));
if (!parsed.ok) {
  console.error(parsed.problem);
  process.exit(2);
}
const { options } = parsed;
if (options.help) console.log(help());
else {
  for (const name of options.names.length > 0 ? options.names : Object.keys(BENCHES)) {
    await BENCHES[name]?.run(options, (table) =>
      process.stdout.write(options.json ? `${tableJson({ ...table })}\n` : `${renderTable(table)}\n`),
    );
  }
}

function help(): string {
  const width = Math.max(...Object.keys(BENCHES).map((name) => name.length));
  return [
    'npm run bench -- [NAME...] [--json] [--runs N] [--latency MS] [--hint MS] [--quick]',
    '',
    ...Object.entries(BENCHES).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Each bench measures the other side in the same run: compare ratios, absolute figures are of this machine.',
  ].join('\n');
}
