import type { Outcome } from '../../../queue/core/outcome.ts';
import type { StoredObject } from '../../../queue/ports/object-store.ts';
import { type Dispatching, dispatching } from './dispatching.ts';
import type { Program, Seam } from './execution.ts';
import { enqueuing, looking, redriving } from './programs.ts';

/**
 * What may befall a request, besides being carried out and answered:
 *
 * - `late`: answered `unknown`, carried out at any later moment: at once, in which case only the answer is lost, or never;
 * - `slow`: carried out, answered after the next jump of time;
 * - `throttled`: refused;
 * - `failed`: a read that the store could not answer.
 */
export type Fault = 'late' | 'slow' | 'throttled' | 'failed';

interface Party {
  readonly name: string;
  /** Tasks of one kind do the same in the same circumstances: it makes no difference which of them does. */
  readonly sort: string;
  readonly seam?: Seam | undefined;
}

export type Task =
  /** Has something acknowledged that must then be kept: the key starts later than it was called. */
  | (Party & { readonly kind: 'caller'; readonly key: string; readonly priority: number; readonly program: Program })
  /** Only reads. */
  | (Party & { readonly kind: 'looker'; readonly key: string; readonly program: Program })
  /** Wakes so many times, each time as a fresh instance. */
  | (Party & {
      readonly kind: 'dispatcher';
      readonly region: string;
      readonly rounds: number;
      readonly program: Program;
    });

/** Who acts in a world, and what may happen to them. A crash needs no mention: see `docs/correctness.md`. */
export interface World {
  readonly name: string;
  readonly about: string;
  readonly tasks: readonly Task[];
  readonly regions: readonly string[];
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly objects: readonly StoredObject[];
  /** How often the time may jump, at any moment, and by how much. Longer than a lock lives: it passes on. */
  readonly passes: number;
  readonly passMs: number;
  readonly faults: number;
  readonly faultKinds: readonly Fault[];
  /** Only requests for objects below this prefix are befallen. */
  readonly faultsOn: string;
  /** What a reconciler may answer. `failures` bounds how often it answers something else than done. */
  readonly outcomes: readonly Outcome[];
  readonly failures: number;
  /** Dispatchers also wake while another holds their lock: what they have swept is then old when they acquire it. */
  readonly eager: boolean;
  /** All clocks show the same to the millisecond, so that two leases made of one entry have the same fence. */
  readonly oneClock: boolean;
}

export interface WorldOptions extends Partial<Omit<World, 'name' | 'about' | 'tasks'>> {
  /** Keys to enqueue, each by a receiver of its own; `k^5` with priority 5. */
  readonly enqueues?: readonly string[];
  readonly redrives?: readonly string[];
  readonly looks?: readonly string[];
  /** Dispatchers, as the regions they serve, and how often each wakes. */
  readonly dispatchers?: readonly string[];
  readonly rounds?: readonly number[];
  readonly heartbeatMs?: number;
}

export const DONE: Outcome = { kind: 'done' };
export const FAILED: Outcome = { kind: 'failed', error: 'boom' };

/** A dead letter of the key `k`. */
export const LETTER: StoredObject = {
  name: 'dead-letter/k',
  generation: 'L1',
  metageneration: '1',
  metadata: { priority: '00000000', attempts: '1', cause: 'exhausted' },
};

/** The lock of a dispatcher that is long gone. */
export const LAPSED: StoredObject = {
  name: 'dispatchers/r',
  generation: 'L1',
  metageneration: '1',
  metadata: { expires: '2020-01-01T00:00:00.000Z', instance: 'gone' },
};
const LEFT_LEASED: StoredObject = {
  name: 'in-progress/k',
  generation: '2',
  metageneration: '1',
  metadata: { priority: '00000000', attempts: '1', owner: 'r/L1', fence: '1' },
};
const WAITING: StoredObject = {
  name: 'queued/l',
  generation: '1',
  metageneration: '1',
  metadata: { priority: '00000000', attempts: '0' },
};

/** A moment on a full second. */
export const START_MS = Date.UTC(2026, 0, 1);

/** One slot, a key that waits, and another that a lost dispatcher left leased. */
export const SURVIVORS: WorldOptions = {
  enqueues: [],
  objects: [LAPSED, LEFT_LEASED, WAITING],
  passes: 1,
  passMs: 15_000,
};

export function worldOf(name: string, about: string, options: WorldOptions): World {
  const {
    enqueues = ['k'],
    redrives = [],
    looks = [],
    dispatchers = ['r'],
    rounds = [],
    heartbeatMs,
    ...rest
  } = options;
  const regions = options.regions ?? [...new Set(dispatchers)];
  const concurrency = options.concurrency ?? regions.length;
  const maxAttempts = options.maxAttempts ?? 0;
  const callers = enqueues.map((wish, i) => {
    const [key = '', urgency = '0'] = wish.split('^');
    const program = enqueuing(key, Number(urgency));
    return {
      kind: 'caller' as const,
      sort: `enqueue ${wish}`,
      name: `E${i + 1}`,
      key,
      priority: Number(urgency),
      program,
    };
  });
  const redrivers = redrives.map((key, i) => ({
    kind: 'caller' as const,
    sort: `redrive ${key}`,
    name: `R${i + 1}`,
    key,
    priority: 0,
    program: redriving(key),
  }));
  const lookers = looks.map((key, i) => ({
    kind: 'looker' as const,
    sort: `look ${key}`,
    name: `L${i + 1}`,
    key,
    program: looking(key),
  }));
  const actors = dispatchers.map((region, i) => {
    const base: Dispatching = { name: String.fromCharCode(65 + i), region, regions, concurrency, maxAttempts };
    const settings: Dispatching = heartbeatMs === undefined ? base : { ...base, heartbeatMs };
    return {
      kind: 'dispatcher' as const,
      sort: base.name,
      name: base.name,
      region,
      rounds: rounds[i] ?? 2,
      program: dispatching(settings),
    };
  });
  return {
    objects: [],
    passes: 0,
    passMs: 40_000,
    faults: 0,
    faultKinds: [],
    faultsOn: '',
    outcomes: [DONE],
    failures: 0,
    eager: false,
    oneClock: false,
    ...rest,
    name,
    about,
    tasks: [...callers, ...redrivers, ...lookers, ...actors],
    regions,
    concurrency,
    maxAttempts,
  };
}
