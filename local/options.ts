import { isAbsolute, resolve } from 'node:path';

/** What `npm start` was asked for, checked. */
export interface LocalOptions {
  readonly portBase: number;
  readonly regions: readonly string[];
  readonly concurrency: number;
  /** Absolute. */
  readonly stateFolder: string;
  readonly fresh: boolean;
  readonly json: boolean;
  readonly tickMs: number;
  /** Injected before each answer of the bucket. */
  readonly latencyMs: number;
  /** Whether the bucket refuses more than one write a second to one object name, as Cloud Storage does. */
  readonly rateLimit: boolean;
  /** Given by the user, as given; see `work.ts` for what they mean together. */
  readonly source?: string;
  readonly target?: string;
  readonly reconciler?: string;
  /** A module of kinds of resources: an API is served for them. Absolute. */
  readonly kinds?: string;
  readonly apiPort: number;
}

/** Flags as the command line has them. */
export interface RawFlags {
  readonly portBase: string;
  readonly regions: string;
  readonly concurrency: string;
  readonly state: string;
  readonly tick: string;
  readonly latency: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly rateLimit?: boolean;
  readonly source?: string;
  readonly target?: string;
  readonly reconciler?: string;
  readonly kinds?: string;
  readonly apiPort: string;
}

export const DEFAULT_FLAGS = {
  portBase: '7070',
  regions: 'local',
  concurrency: '10',
  state: '.levelset',
  tick: '10',
  latency: '0',
  apiPort: '8080',
} as const;

/** As names of Google Cloud regions, which also are object names, filter values and names of subscriptions. */
const REGION = /^[a-z][a-z0-9-]{0,62}$/;

const MAX_PORT_BASE = 65_000;
const MAX_CONCURRENCY = 10_000;
const MAX_REGIONS = 20;

export type ParsedFlags =
  { readonly ok: true; readonly options: LocalOptions } | { readonly ok: false; readonly problems: readonly string[] };

/** Checks all flags and tells all problems at once. Relative paths are below `workingFolder`. */
export function parseFlags(flags: RawFlags, workingFolder: string): ParsedFlags {
  const problems: string[] = [];
  const number = (flag: string, value: string, min: number, max: number, whole = true): number => {
    const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (parsed >= min && parsed <= max && (!whole || Number.isInteger(parsed))) return parsed;
    problems.push(`--${flag} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}: ${flag}=${value}`);
    return min;
  };
  const path = (flag: string, value: string): string => {
    if (value === '') problems.push(`--${flag} must name a path: ${flag}=""`);
    return isAbsolute(value) ? value : resolve(workingFolder, value);
  };

  const regions = flags.regions.split(',').map((region) => region.trim());
  for (const region of regions) {
    if (!REGION.test(region)) {
      problems.push(
        `--regions must be names of lower-case letters, digits and dashes, set off by commas: regions=${flags.regions}`,
      );
      break;
    }
  }
  if (new Set(regions).size < regions.length)
    problems.push(`--regions may not name one twice: regions=${flags.regions}`);
  if (regions.length > MAX_REGIONS) problems.push(`--regions may be at most ${MAX_REGIONS}: regions=${flags.regions}`);
  const concurrency = number('concurrency', flags.concurrency, 1, MAX_CONCURRENCY);
  if (concurrency < regions.length) {
    problems.push(
      `--concurrency must be at least the number of regions (${regions.length}): concurrency=${concurrency}`,
    );
  }
  if (flags.target !== undefined && flags.source === undefined) {
    problems.push(`--target needs --source, the folder to be mirrored: target=${flags.target}`);
  }
  if (flags.source !== undefined && flags.target === undefined) {
    problems.push(`--source needs --target, the folder to be made equal to it: source=${flags.source}`);
  }

  const options: LocalOptions = {
    portBase: number('port-base', flags.portBase, 1024, MAX_PORT_BASE),
    regions,
    concurrency,
    stateFolder: path('state', flags.state),
    fresh: flags.fresh ?? false,
    json: flags.json ?? false,
    tickMs: number('tick', flags.tick, 0.1, 3600, false) * 1000,
    latencyMs: number('latency', flags.latency, 0, 60_000),
    rateLimit: flags.rateLimit ?? false,
    ...(flags.source !== undefined && { source: path('source', flags.source) }),
    ...(flags.target !== undefined && { target: path('target', flags.target) }),
    ...(flags.reconciler !== undefined && { reconciler: path('reconciler', flags.reconciler) }),
    ...(flags.kinds !== undefined && { kinds: path('kinds', flags.kinds) }),
    apiPort: number('api-port', flags.apiPort, 1024, 65_535),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, options };
}
