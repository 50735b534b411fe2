import type { CliContext } from './command.ts';
import { cells, fit, plain, safeJson } from './terminal-text.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly side?: 'right';
}

/** Rows that the widths of a table are taken from; those that follow are printed as they come. */
const MEASURED = 200;
/** Wider ones push the rest of their row to the right, instead of all rows. */
const WIDEST = 60;
/** Cells that the last column gets in any case. */
const LEAST = 12;

/**
 * Prints rows as they come: a table on a terminal, tabs where it is piped, an array for `--json`, a line each for `--jsonl`. Text of
 * others is made safe here, and nowhere else.
 */
export class Listing<Row> {
  readonly #context: Pick<CliContext, 'print' | 'format' | 'columns'>;
  readonly #columns: readonly Column<Row>[];
  readonly #json: (row: Row) => unknown;
  #waiting: string[][] = [];
  #widths: number[] | undefined;
  #count = 0;

  constructor(
    context: Pick<CliContext, 'print' | 'format' | 'columns'>,
    columns: readonly Column<Row>[],
    json: (row: Row) => unknown,
  ) {
    this.#context = context;
    this.#columns = columns;
    this.#json = json;
  }

  get count(): number {
    return this.#count;
  }

  add(row: Row): void {
    const { print, format, columns } = this.#context;
    const first = this.#count++ === 0;
    if (format === 'jsonl') return print(safeJson(this.#json(row)));
    if (format === 'json') return print(`${first ? '[' : ','}${safeJson(this.#json(row))}`);
    const texts = this.#columns.map(({ text }) => plain(text(row)));
    if (columns === undefined) return print(texts.join('\t'));
    if (this.#widths) return this.#line(texts);
    this.#waiting.push(texts);
    if (this.#waiting.length >= MEASURED) this.#flush();
  }

  /** All rows are in. */
  end(): void {
    const { print, format, columns } = this.#context;
    if (format === 'json') print(this.#count === 0 ? '[]' : ']');
    else if (format === 'text' && columns !== undefined && this.#count > 0 && !this.#widths) this.#flush();
  }

  #flush(): void {
    const titles = this.#columns.map(({ title }) => title);
    const rows = [titles, ...this.#waiting];
    this.#widths = titles.map((_, index) =>
      Math.min(
        WIDEST,
        rows.reduce((width, row) => Math.max(width, cells(row[index] ?? '')), 0),
      ),
    );
    for (const row of rows) this.#line(row);
    this.#waiting = [];
  }

  /** The last column gets what is left of the line: what is cut there, other verbs and `--json` tell in full. */
  #line(texts: readonly string[]): void {
    let line = '';
    texts.forEach((text, index) => {
      const width = this.#widths?.[index] ?? 0;
      const left = (this.#context.columns ?? 0) - cells(line);
      if (index === texts.length - 1)
        line += cells(text) > Math.max(left, LEAST) ? fit(text, Math.max(left, LEAST)) : text;
      else line += `${cells(text) > width ? text : fit(text, width, this.#columns[index]?.side ?? 'left')}  `;
    });
    this.#context.print(line.trimEnd());
  }
}
