import { DEFAULT_RETRY, type RetryPolicy } from '../../queue/core/backoff.ts';
import { FULL_SWEEP_MS } from '../../queue/core/hint.ts';
import { HEARTBEAT_MS } from '../../queue/core/lease.ts';
import { DEFAULT_LOCK, type LockTimes } from '../../queue/core/lock.ts';

/** Everything that a dispatcher can be told, in ms. Names and meaning of what is configured stand in `config.ts`. */
export interface DispatcherSettings {
  readonly queue: string;
  readonly region: string;
  /** All regions, in the one order that every dispatcher of the queue has. */
  readonly regions: readonly string[];
  /** `Process` calls at once over all regions; at least one for each. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  /** The longest a `Process` call may take: below the 3600 s of Cloud Run. */
  readonly deadlineMs: number;
  readonly lock: LockTimes;
  /** Between two refreshes of the lock, each with a look at our leases. */
  readonly watchMs: number;
  readonly heartbeatMs: number;
  /** What running keys get to finish in when another instance of the region takes over. */
  readonly handoverMs: number;
  /**
   * The lock is kept for so long after the last work, so that keys which come one by one share a tenure: each one of its own would
   * write the lock again, and Cloud Storage takes about one write a second to one object.
   */
  readonly lingerMs: number;
  /** `request`: the process has CPU only while a request is open, so one is held. `instance`: requests are answered at once. */
  readonly billing: 'request' | 'instance';
  /** Age of the held request from which on a wake message is published. Pub/Sub gives up on a push at 600 s. */
  readonly wakeMs: number;
  /** Waiting keys kept in memory, of each kind (due, not yet due). */
  readonly candidates: number;
  /**
   * The longest that a queue which does not fit a page goes without a sweep of all its keys while ticks come: how long the first
   * key waits whose hint was lost, or that came without one. After it, every tick sweeps until there is no more of the kind.
   */
  readonly fullSweepMs: number;
}

export const DEFAULT_SETTINGS = {
  retry: DEFAULT_RETRY,
  deadlineMs: 3_540_000,
  lock: DEFAULT_LOCK,
  watchMs: 10_000,
  heartbeatMs: HEARTBEAT_MS,
  handoverMs: 30_000,
  lingerMs: 1_000,
  billing: 'request',
  wakeMs: 240_000,
  candidates: 20_000,
  fullSweepMs: FULL_SWEEP_MS,
} as const satisfies Partial<DispatcherSettings>;
