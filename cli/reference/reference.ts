import type { CliCommand, CliOption } from '../command.ts';
import { COMMANDS, DEV, GLOBAL_OPTIONS } from '../command-table.ts';

/** `docs/cli.md`, from the command table. */
export function cliReference(): string {
  const index = [...COMMANDS, DEV].map(({ name, summary }) => `| [\`${name}\`](#${anchor(name)}) | ${cell(summary)} |`);
  return `${[
    '# The command `levelset`',
    '',
    'Made from the command table by `npm run docs:cli`; do not edit. How to operate a queue is in [operating.md](operating.md).',
    '',
    '```',
    'levelset [-q QUEUE | --target URL] [--json | --jsonl] [--timeout 30s] VERB',
    '```',
    '',
    '| verb | does |',
    '|---|---|',
    ...index,
    '',
    '## Which queue is meant',
    '',
    'The stronger first: `--target`; `--stack`; `--queue`; the environment that the services read (`LEVELSET_BUCKET` and the others); a',
    "local stack that runs in this folder; the default of the profiles file. Credentials are those that Google's client finds",
    '(`gcloud auth application-default login`, a service account); who may do what is decided by IAM on the bucket. The profiles file is',
    '`~/.config/levelset/profiles.json`, or what `LEVELSET_PROFILES` names:',
    '',
    '```json',
    '{',
    '  "default": "prod",',
    '  "operator": "ann@example.com",',
    '  "queues": {',
    '    "prod": {',
    '      "bucket": "acme-queue", "project": "acme", "topic": "acme-hints",',
    '      "regions": ["europe-west1", "us-central1"], "concurrency": 100',
    '    }',
    '  }',
    '}',
    '```',
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    '| 0 | done |',
    '| 1 | the answer is bad, or there is none: a key that is not there, a check that found something, a question answered with no |',
    '| 2 | the line is wrong; the message names the rule and the value |',
    '| 3 | something does not answer, or what was under way was stopped: the same line may work later |',
    '| 130 | interrupted twice |',
    '',
    '## Output',
    '',
    'A table on a terminal, tabs in a pipe, one JSON document with `--json`, JSON lines as they come with `--jsonl`. What a terminal would',
    'act upon (control characters, marks that reorder text) is shown as an escape; in JSON the escapes parse to the key as it is.',
    '',
    '## Verbs that change something',
    '',
    'They take `--reason`, which is required but on a local stack; ask with an exact count unless `--yes`; say what they would do with',
    '`--dry-run`; and write a record of who, what and why into the bucket *before* they act (`levelset audit`). Bulk verbs act on what was',
    'counted, and an empty filter is refused.',
    '',
    '## Options of every verb',
    '',
    ...optionTable(GLOBAL_OPTIONS),
    ...COMMANDS.flatMap(section),
    `## ${DEV.name}`,
    '',
    `${DEV.summary}. Its flags are those of \`npm start\`; the README tells them.`,
  ].join('\n')}\n`;
}

function section({
  name,
  aliases = [],
  arguments: given,
  summary,
  options,
  notes = [],
  examples = [],
}: CliCommand): string[] {
  const also = aliases.length === 0 ? [] : ['', `Also \`${[name.split(' ')[0], aliases[0]].join(' ')}\`.`];
  return [
    `## ${name}`,
    '',
    `\`levelset ${name}${given === '' ? '' : ` ${given}`}\`: ${summary}.`,
    ...also,
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
    ...(options.length === 0 ? [] : optionTable(options)),
    ...(examples.length === 0 ? [] : ['```sh', ...examples, '```', '']),
  ];
}

function optionTable(options: readonly CliOption[]): string[] {
  return [
    '| option | |',
    '|---|---|',
    ...options.map(({ flags, description }) => `| \`${flags}\` | ${cell(description)} |`),
    '',
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function anchor(name: string): string {
  return name.replaceAll(' ', '-');
}
