import { type CompletionOption, type CompletionTable, firstWords } from './words.ts';

export function zshCompletion(table: CompletionTable): string {
  const describe = (items: readonly { readonly name: string; readonly summary: string }[]) =>
    items.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`).join('\n');
  const groups = new Map<string, { name: string; summary: string }[]>();
  for (const { name, summary } of table.verbs) {
    const [first = '', second] = name.split(' ');
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), { name: second, summary }]);
  }
  const nested = [...groups].map(
    ([first, below]) => `  if [[ $verb == ${first} ]] && (( CURRENT == 3 )); then
    verbs=(
${describe(below)}
    )
    _describe verb verbs
    return
  fi`,
  );
  const cases = table.verbs.map(
    ({ name, options }) =>
      `    ${quote(name)}) _arguments ${[...options, ...table.globals].map(argument).join(' ')} '*: :_files' ;;`,
  );
  return `#compdef levelset
# zsh completion for levelset: levelset completion zsh > "\${fpath[1]}/_levelset"
_levelset() {
  local -a verbs
  local verb=\${words[2]}
  if (( CURRENT == 2 )); then
    verbs=(
${describe(firstWords(table))}
    )
    _describe verb verbs
    return
  fi
${nested.join('\n')}
  [[ $verb == (${[...groups.keys()].join('|')}) ]] && verb="$verb \${words[3]}"
  case "$verb" in
${cases.join('\n')}
  esac
}
_levelset "$@"
`;
}

function argument({ name, description, takesValue, words }: CompletionOption): string {
  const value = takesValue ? `:value:${words.length > 0 ? `(${words.join(' ')})` : ''}` : '';
  return quote(`${name}[${description.replace(/[[\]:]/g, ' ')}]${value}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
