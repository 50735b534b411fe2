import type { Outcome } from '../../queue/core/outcome.ts';
import type { Metadata } from '../../queue/ports/object-store.ts';
import type { Call } from '../../services/rpc/reconciler-port.ts';
import type { SimClock } from './sim-clock.ts';
import type { Plan } from './plan.ts';
import type { Trace } from './trace.ts';

/** A `Process` call. Places in the order of events are numbers of the trace. */
export interface RunRecord {
  readonly call: Call;
  /** The process that made it. */
  readonly holder: string;
  readonly began: number;
  /** What the reconciler has said, from when it has. */
  outcome?: Outcome;
  answered?: number;
  /** Whether the dispatcher's process can act: neither killed nor asleep. */
  readonly awake: () => boolean;
}

/** What lies at `in-progress/<key>`. */
export interface LeaseRecord {
  readonly holder: string;
  readonly region: string;
  readonly lockGeneration: string;
  readonly fence: number;
  readonly attempts: number;
  readonly recoveries: number;
  readonly metadata: Metadata;
  run?: RunRecord;
}

export interface KeyRecord {
  queued?: Metadata;
  lease?: LeaseRecord;
  /** The last lease, while the key has not been leased again. */
  ended?: LeaseRecord;
  /** The dead letter, and its place in the order of events. */
  letter?: { readonly written: number };
  /** The last start, and the latest call of an enqueue that was acknowledged. */
  started: number;
  owed: number;
  /** The highest fence ever. */
  fence: number;
  runs: RunRecord[];
}

/** What lies at `dispatchers/<region>`. */
export interface LockRecord {
  readonly holder: string;
  readonly generation: string;
  readonly expiresMs: number;
}

/** All that the laws know: what the bucket holds, who wrote it, and which calls are under way. */
export class Ledger {
  readonly plan: Plan;
  readonly clock: SimClock;
  readonly trace: Trace;
  readonly keys = new Map<string, KeyRecord>();
  readonly locks = new Map<string, LockRecord>();
  readonly open = new Set<RunRecord>();
  runs = 0;
  acknowledged = 0;

  constructor(plan: Plan, clock: SimClock, trace: Trace) {
    this.plan = plan;
    this.clock = clock;
    this.trace = trace;
  }

  key(key: string): KeyRecord {
    let record = this.keys.get(key);
    if (!record) {
      record = { started: 0, owed: 0, fence: 0, runs: [] };
      this.keys.set(key, record);
    }
    return record;
  }

  /** Breaks the law `law` unless `held`. */
  demand(held: boolean, law: string, subject: string): void {
    if (!held) this.trace.breach(law, subject);
  }
}

/** Whether a run may still do something: neither answered nor cancelled. */
export function isUnderWay(run: RunRecord): boolean {
  return run.outcome === undefined && !run.call.signal.aborted;
}

export function numberIn(metadata: Metadata, name: string): number {
  return Number(metadata[name] ?? 0);
}

/** What was changed, added or removed. */
export function changedNames(before: Metadata, after: Metadata): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name]);
}
