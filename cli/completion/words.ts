import type { CliCommand, CliOption } from '../command.ts';

/** What shells complete: verbs, and per verb its options with the words of their values. */
export interface CompletionTable {
  readonly verbs: readonly CompletionVerb[];
  readonly globals: readonly CompletionOption[];
  /** What the first words of verbs of two words stand for. */
  readonly groups: Readonly<Record<string, string>>;
}

export interface CompletionVerb {
  /** `ls`, or `dead ls`. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletionOption[];
}

export interface CompletionOption {
  /** `--reason`. */
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly words: readonly string[];
}

type Verb = Pick<CliCommand, 'name' | 'summary' | 'options'>;

export function completionTable(
  commands: readonly Verb[],
  globals: readonly CliOption[],
  groups: Readonly<Record<string, string>>,
): CompletionTable {
  return {
    verbs: commands.map(({ name, summary, options }) => ({ name, summary, options: options.map(asOption) })),
    globals: globals.map(asOption),
    groups,
  };
}

/** Verbs that stand alone, and those that others stand below, each once. */
export function firstWords({
  verbs,
  groups,
}: CompletionTable): readonly { readonly name: string; readonly summary: string }[] {
  const words = new Map<string, string>();
  for (const { name, summary } of verbs) {
    const [first = '', second] = name.split(' ');
    words.set(first, second === undefined ? summary : (groups[first] ?? first));
  }
  return [...words].map(([name, summary]) => ({ name, summary }));
}

function asOption({ flags, description, words = [] }: CliOption): CompletionOption {
  const name = /--[a-z-]+/.exec(flags)?.[0] ?? flags;
  return { name, description, takesValue: flags.includes('<'), words };
}
