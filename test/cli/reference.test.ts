import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS, DEV } from '../../cli/command-table.ts';
import { cliReference } from '../../cli/reference/reference.ts';
import { cli } from '../support/cli.ts';
import { World } from '../support/world.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const doc = (name: string) => readFileSync(resolve(ROOT, 'docs', name), 'utf8');

test('docs/cli.md is what the command table makes (npm run docs:cli)', () => {
  expect(doc('cli.md')).toBe(cliReference());
});

describe('docs/operating.md', () => {
  const text = doc('operating.md');

  test('has a place for every alert, with the first command to run', () => {
    const alerts = [
      ...['queuestuck', 'nopasses', 'deadletters', 'deadlettersgrowing', 'dispatchfailures', 'targetunreachable'],
      ...[
        'leaseexpiry',
        'saturated',
        'neardeadletter',
        'longrunner',
        'listtooslow',
        'bucketthrottled',
        'pausedtoolong',
      ],
      'receivererrors',
    ];
    const sections = text.split(/^### /m).slice(1);
    const anchors = sections.map((section) => section.split('\n')[0]?.toLowerCase());
    expect(anchors).toEqual(expect.arrayContaining(alerts));
    for (const alert of alerts) {
      const section = sections[anchors.indexOf(alert)] ?? '';
      expect(section, alert).toMatch(/\*\*First:\*\* `(levelset|gcloud) /);
    }
  });

  test('has only command lines that parse', async () => {
    const lines = [...text.matchAll(/(?:^|`)(levelset [^`\n]+)(?:`|$)/gm)].map((match) => match[1] as string);
    expect(lines.length).toBeGreaterThan(20);
    const helps = new Map<string, string>();
    for (const line of lines) {
      const words = line.split(/\s+/).slice(1);
      const name = COMMANDS.map((command) => command.name).find((each) => `${words.join(' ')} `.startsWith(`${each} `));
      if (words[0] === DEV.name) continue;
      expect(name, line).toBeDefined();
      const help = helps.get(name!) ?? (await cli(new World(), [...name!.split(' '), '--help'])).out;
      helps.set(name!, help);
      for (const option of line.matchAll(/ (--[a-z-]+)/g)) expect(help, line).toContain(`${option[1]} `);
    }
  });
});

describe('completion', () => {
  test('of bash knows verbs, options and the words of values', async () => {
    const { out } = await cli(new World(), ['completion', 'bash']);
    const complete = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _levelset; printf '%s\\n' "\${COMPREPLY[@]}"`,
          '-',
          'levelset',
          ...words,
        ],
        { encoding: 'utf8' },
      )
        .trim()
        .split('\n');
    const firsts = COMMANDS.map(({ name }) => name.split(' ')[0]);
    expect(complete('')).toEqual(expect.arrayContaining([...firsts, 'dev', '--json']));
    expect(complete('re')).toEqual(['release', 'resume']);
    expect(complete('dead', 'r')).toEqual(['redrive']);
    expect(complete('dead', 'redrive', '--ra')).toEqual(['--rate']);
    expect(complete('--queue', 'prod', 'ls', '--state', 'el')).toEqual(['eligible']);
    expect(complete('dead', 'ls', '--cause', 'exhausted', '--by')).toEqual(['--by-reason']);
  });

  test.each(['zsh', 'fish'])('of %s names every verb and option', async (shell) => {
    const { out } = await cli(new World(), ['completion', shell]);
    for (const { name, options } of COMMANDS) {
      expect(out).toContain(name.split(' ').at(-1));
      for (const { flags } of options) expect(out).toContain(/--([a-z-]+)/.exec(flags)?.[1]);
    }
  });
});
