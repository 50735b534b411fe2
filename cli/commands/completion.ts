import { QueueError } from '../../queue/errors.ts';
import type { CliCommand, CliOption } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completionTable } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { EXIT } from '../exit-code.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

type Verb = Pick<CliCommand, 'name' | 'summary' | 'options'>;

/** Completes what `verbs` says, which is asked for late: this verb is one of them. */
export function completionFor(
  verbs: () => readonly Verb[],
  globals: readonly CliOption[],
  groups: Readonly<Record<string, string>>,
): CliCommand {
  return {
    name: 'completion',
    summary: 'print a script that completes verbs and options in your shell',
    arguments: '<shell>',
    options: [],
    notes: ['Shells: bash, zsh, fish. The script says in its first lines where it belongs.'],
    examples: ['eval "$(levelset completion bash)"'],
    async run({ args: [shell = ''], print }) {
      const known = Object.keys(SHELLS).find((name) => name === shell) as keyof typeof SHELLS | undefined;
      if (known === undefined) {
        throw new QueueError('invalid', `shell must be one of bash, zsh, fish: shell=${JSON.stringify(shell)}`);
      }
      print(SHELLS[known](completionTable(verbs(), globals, groups)).trimEnd());
      return EXIT.ok;
    },
  };
}
