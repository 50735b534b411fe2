/** What stands between the marks of a bench in a document is as printed, and is replaced as a whole. */
const markOf = (name: string) => `<!-- bench ${name} -->`;
const END = '<!-- end of bench -->';

/** A document with the block of one bench replaced; `undefined` when it has none. */
export function replaceBlock(document: string, name: string, text: string): string | undefined {
  const mark = markOf(name);
  const from = document.indexOf(mark);
  const to = document.indexOf(END, from);
  if (from < 0 || to < 0) return undefined;
  return `${document.slice(0, from + mark.length)}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
