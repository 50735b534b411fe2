import { META } from '../../queue/core/layout.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import type { Call } from '../../services/rpc/reconciler-port.ts';
import { isUnderWay, type KeyRecord, type Ledger, numberIn, type RunRecord } from './ledger.ts';

/** A dispatcher calls the reconciler. */
export function begin(ledger: Ledger, call: Call, holder: string, awake: () => boolean): RunRecord {
  const { key, attempt, fence } = call;
  const record = ledger.key(key);
  const began = ledger.trace.note(holder, 'starts', key, `attempt ${attempt} fence ${fence}`);
  const run: RunRecord = { call, holder, began, awake };
  demandLease(ledger, record, run);
  const twin = record.runs.some((other) => isUnderWay(other) && other.awake());
  ledger.demand(!twin, 'one key never has two live runs', key);
  if (record.lease) record.lease.run = run;
  record.started = began;
  record.runs.push(run);
  ledger.open.add(run);
  ledger.runs++;
  demandLimit(ledger, key);
  return run;
}

/** The reconciler answers a call. What the dispatcher makes of it is seen in the bucket. */
export function answer(ledger: Ledger, run: RunRecord, outcome: Outcome): void {
  run.answered = ledger.trace.note('', 'answered', run.call.key, outcome.kind);
  run.outcome = outcome;
  close(ledger, run);
}

/** The call is over: answered, cancelled, or the connection is gone. */
export function close(ledger: Ledger, run: RunRecord): void {
  ledger.open.delete(run);
  const { runs } = ledger.key(run.call.key);
  // What is long over is no longer asked about.
  if (runs.length > 50) runs.splice(0, 25);
}

/** `Process` begins under a lease in the bucket, and under the lock that the lease names. */
function demandLease(ledger: Ledger, { lease }: KeyRecord, { call, holder }: RunRecord): void {
  const { key, fence, attempt } = call;
  const held = lease?.fence === fence && lease.holder === holder;
  ledger.demand(held, 'a run begins under its lease', key);
  ledger.demand(lease?.attempts === attempt, 'a run is told its attempt', key);
  ledger.demand(lease?.run === undefined, 'a lease has one run', key);
  const lock = lease && ledger.locks.get(lease.region);
  ledger.demand(lock?.generation === lease?.lockGeneration, 'a run begins under the lock of its region', key);
}

function demandLimit(ledger: Ledger, key: string): void {
  let live = 0;
  for (const run of ledger.open) {
    if (isUnderWay(run) && ledger.key(run.call.key).lease?.run === run) live++;
  }
  const { concurrency } = ledger.plan.settings;
  ledger.demand(live <= concurrency, `no more than ${concurrency} runs at once, but ${live}`, key);
}

/** An enqueue that was called at `called` was answered OK. */
export function acknowledge(
  ledger: Ledger,
  wish: { key: string; priority: number; dueMs: number },
  called: number,
): void {
  const { key } = wish;
  const record = ledger.key(key);
  record.owed = Math.max(record.owed, called);
  ledger.acknowledged++;
  if (record.started > called) return;
  const { queued, lease } = record;
  const unstarted = lease && !lease.run;
  ledger.demand(
    queued !== undefined || unstarted === true,
    'an enqueue is never absorbed by a run that began before it',
    key,
  );
  const priority = Math.max(
    ...[queued, unstarted && lease.metadata].map((entry) => (entry ? numberIn(entry, META.priority) : 0)),
  );
  ledger.demand(priority >= wish.priority, 'the highest priority wins', key);
  if (!queued || queued[META.floor] || unstarted) return;
  const notBefore = queued[META.notBefore];
  const waitsMs = notBefore === undefined ? 0 : Date.parse(notBefore);
  // What is due is left as it is. Whole seconds, rounded up by the caller and by the entry, on a clock that may be ahead.
  const latestMs = Math.max(wish.dueMs, ledger.clock.now()) + 3_000;
  ledger.demand(waitsMs <= latestMs, 'the earliest time wins', key);
}

/** At rest, after calm: everything was started that had to be, and nothing is left but dead letters. */
export function demandRest(ledger: Ledger): void {
  for (const [key, record] of ledger.keys) {
    const followed = record.owed === 0 || record.started > record.owed;
    ledger.demand(followed, 'an acknowledged enqueue is followed by a start', key);
    ledger.demand(!record.queued && !record.lease, 'a system at rest is drained', key);
  }
  ledger.demand(!isLocked(ledger), 'a system at rest holds no lock', '');
}

/** Whether a dispatcher is active. */
export function isLocked(ledger: Ledger): boolean {
  return [...ledger.locks.values()].some((lock) => lock.expiresMs >= ledger.clock.now());
}
