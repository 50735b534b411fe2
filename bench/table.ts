/** One figure with its noise: the middle one of several runs, and the outermost. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export type Cell = string | number | Spread | undefined;

export interface Column {
  readonly name: string;
  /** Digits behind the point; none where absent. */
  readonly digits?: number;
}

export interface Table {
  /** The bench that made it; known to whoever prints it. */
  readonly bench?: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What has to be known to read it. */
  readonly notes?: readonly string[];
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, runs: sorted.length };
}

/** The value below which `part` of the sorted values lie, between the two nearest. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Markdown, aligned, so that it reads in a terminal and pastes into a document. */
export function renderTable({ title, columns, rows, notes = [] }: Table): string {
  const texts = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map(({ digits }, i) => renderCell(row[i], digits))),
  ];
  const widths = columns.map((_, i) => Math.max(3, ...texts.map((row) => row[i]?.length ?? 0)));
  const isText = columns.map((_, i) => rows.every((row) => row[i] === undefined || typeof row[i] === 'string'));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, i) => (isText[i] ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (isText[i] ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head = [], ...body] = texts;
  return [`### ${title}`, '', line(head), rule, ...body.map(line), '', ...notes.map((note) => `${note}\n`)].join('\n');
}

/** For programs: a row is an object by column names, a figure keeps its noise. */
export function tableJson({ bench, title, columns, rows, notes = [] }: Table): string {
  const named = rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
  return JSON.stringify({ bench, title, rows: named, notes });
}

export function renderCell(cell: Cell, digits = 0): string {
  if (cell === undefined) return '-';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return renderNumber(cell, digits);
  const median = renderNumber(cell.median, digits);
  if (cell.runs < 2) return median;
  return `${median} (${renderNumber(cell.min, digits)}–${renderNumber(cell.max, digits)})`;
}

function renderNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '-';
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
