import { readFileSync } from 'node:fs';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export const version: CliCommand = {
  name: 'version',
  summary: 'print the version',
  arguments: '',
  options: [],
  async run({ print, format }) {
    const { name, version: number } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as {
      name: string;
      version: string;
    };
    print(
      format === 'text' ? `${name} ${number}` : JSON.stringify({ name, version: number, node: process.versions.node }),
    );
    return EXIT.ok;
  },
};
