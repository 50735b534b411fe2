import { type CompletionTable, firstWords } from './words.ts';

export function bashCompletion(table: CompletionTable): string {
  const { verbs, globals } = table;
  const words = (names: readonly string[]) => names.join(' ');
  const cases = verbs.map(
    ({ name, options }) => `    '${name}') options="${words(options.map((option) => option.name))}" ;;`,
  );
  const groups = new Map<string, string[]>();
  for (const { name } of verbs) {
    const [first = '', second] = name.split(' ');
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second]);
  }
  const nested = [...groups].map(([first, below]) => `    ${first}) options="${words(below)}" ;;`);
  const valued = new Map<string, readonly string[]>();
  for (const option of [...globals, ...verbs.flatMap(({ options }) => options)]) {
    if (option.takesValue) valued.set(option.name, option.words);
  }
  const values = [...valued].map(([name, known]) =>
    known.length === 0
      ? `    ${name}) COMPREPLY=($(compgen -f -- "$current")); return ;;`
      : `    ${name}) COMPREPLY=($(compgen -W "${words(known)}" -- "$current")); return ;;`,
  );
  return `# bash completion for levelset: eval "$(levelset completion bash)"
_levelset() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" options="" verb="" word i
  case "$previous" in
${values.join('\n')}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
${[...valued.keys()].map((name) => `      ${name}) ((i++)) ;;`).join('\n')}
      -*) ;;
      *) verb="\${verb:+$verb }$word"; [[ "$verb" == *' '* || ! "$verb" =~ ^(${[...groups.keys()].join('|')})$ ]] && break ;;
    esac
  done
  case "$verb" in
    '') options="${words(firstWords(table).map(({ name }) => name))}" ;;
${[...nested, ...cases].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$options ${words(globals.map(({ name }) => name))}" -- "$current"))
}
complete -F _levelset levelset
`;
}
