/** What stands between the marks of a block in a document is as printed, and is replaced as a whole. */
const markOf = (kind: string, name: string) => `<!-- ${kind} ${name} -->`;
const endOf = (kind: string) => `<!-- end of ${kind} -->`;

/** A document with one block replaced, by default that of a bench; `undefined` when it has none. */
export function replaceBlock(document: string, name: string, text: string, kind = 'bench'): string | undefined {
  const mark = markOf(kind, name);
  const from = document.indexOf(mark);
  const to = document.indexOf(endOf(kind), from);
  if (from < 0 || to < 0) return undefined;
  return `${document.slice(0, from + mark.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
