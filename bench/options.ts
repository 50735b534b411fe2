import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Benches to run, in this order; all of them where empty. */
  readonly names: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
  /** Times each measurement is made; the table shows the median and the outermost. */
  readonly runs: number;
  /** Injected into each request to the bucket. */
  readonly latencyMs: number;
  /** From publishing a hint to its push. */
  readonly hintMs: number;
  /** A tenth of the keys and one run: to see that a bench works, not to quote. */
  readonly quick: boolean;
  /** A document that the tables go into as well. */
  readonly into?: string;
}

export type ParsedOptions =
  { readonly ok: true; readonly options: BenchOptions } | { readonly ok: false; readonly problem: string };

/** Reads the command line. `known`: the names of all benches. */
export function parseOptions(args: readonly string[], known: readonly string[]): ParsedOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        quick: { type: 'boolean', default: false },
        runs: { type: 'string' },
        latency: { type: 'string', default: '30' },
        hint: { type: 'string', default: '50' },
        into: { type: 'string' },
      },
    });
    const { json, help, quick, into } = values;
    const stranger = positionals.find((name) => !known.includes(name));
    if (stranger !== undefined)
      return { ok: false, problem: `there is no such bench, only ${known.join(', ')}: name=${stranger}` };
    const runs = whole('runs', values.runs ?? (quick ? '1' : '3'), 1);
    const latencyMs = whole('latency', values.latency, 0);
    const hintMs = whole('hint', values.hint, 0);
    const options = { names: positionals, json, help, quick, runs, latencyMs, hintMs };
    return { ok: true, options: { ...options, ...(into !== undefined && { into }) } };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The command that measures the same again. */
export function commandOf(name: string, { quick, runs, latencyMs, hintMs }: BenchOptions): string {
  const flags = [
    ...(quick ? ['--quick'] : []),
    ...(runs === (quick ? 1 : 3) ? [] : [`--runs ${runs}`]),
    ...(latencyMs === 30 ? [] : [`--latency ${latencyMs}`]),
    ...(hintMs === 50 ? [] : [`--hint ${hintMs}`]),
  ];
  return ['npm run bench --', name, ...flags].join(' ');
}

function whole(name: string, text: string, least: number): number {
  if (/^\d{1,6}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${name} must be a whole number of at least ${least}: ${name}=${text}`);
}
