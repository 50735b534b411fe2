import type { BenchOptions } from './options.ts';
import type { Table } from './table.ts';

/** Where a bench says what it found, and on the way how far it is. */
export interface Report {
  /** Hands on each table as it is finished. */
  table(table: Table): void;
  /** A line for whoever waits; not part of the result. */
  progress(text: string): void;
}

/** One bench: what it measures in a line, and how. */
export interface Bench {
  readonly summary: string;
  /** Not among those that run when none is named: it repeats what they do. */
  readonly onlyByName?: boolean;
  /** Resolves to whether what was demanded holds; a bench that only measures demands nothing. */
  run(options: BenchOptions, report: Report): Promise<boolean>;
}
