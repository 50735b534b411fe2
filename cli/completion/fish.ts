import { type CompletionOption, type CompletionTable, firstWords } from './words.ts';

export function fishCompletion(table: CompletionTable): string {
  const firsts = firstWords(table);
  const none = `not __fish_seen_subcommand_from ${firsts.map(({ name }) => name).join(' ')}`;
  const lines = [
    '# fish completion for levelset: levelset completion fish > ~/.config/fish/completions/levelset.fish',
    'complete -c levelset -f',
    ...firsts.map(({ name, summary }) => `complete -c levelset -n ${quote(none)} -a ${name} -d ${quote(summary)}`),
    ...table.globals.map((option) => `complete -c levelset ${asArguments(option)}`),
  ];
  for (const { name, summary, options } of table.verbs) {
    const [first = '', second] = name.split(' ');
    const seen = `__fish_seen_subcommand_from ${first}`;
    if (second !== undefined) lines.push(`complete -c levelset -n ${quote(seen)} -a ${second} -d ${quote(summary)}`);
    const when = second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`;
    for (const option of options) lines.push(`complete -c levelset -n ${quote(when)} ${asArguments(option)}`);
  }
  return `${lines.join('\n')}\n`;
}

function asArguments({ name, description, takesValue, words }: CompletionOption): string {
  const value = takesValue ? (words.length > 0 ? ` -x -a ${quote(words.join(' '))}` : ' -r') : '';
  return `-l ${name.slice(2)}${value} -d ${quote(description)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
