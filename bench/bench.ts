import type { BenchOptions } from './options.ts';
import type { Table } from './table.ts';

/** One bench: what it measures in a line, and how. */
export interface Bench {
  readonly summary: string;
  /** Hands on each table as it is finished. */
  run(options: BenchOptions, show: (table: Table) => void): Promise<void>;
}
