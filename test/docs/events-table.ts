/** Writes the table of log events into docs/events.md: `npm run docs:events`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVENTS } from '../../catalogue/events.ts';

const PAGE = fileURLToPath(new URL('../../docs/events.md', import.meta.url));
const [BEGIN, END] = ['<!-- log events: begin -->', '<!-- log events: end -->'];

export function withLogEvents(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  const rows = Object.entries(EVENTS).map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  return [before, BEGIN, '\n\n', ['| event | meaning |', '|---|---|', ...rows].join('\n'), '\n\n', END, after].join('');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, withLogEvents(readFileSync(PAGE, 'utf8')));
}
