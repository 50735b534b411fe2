import { META } from '../../queue/core/layout.ts';
import type { Metadata } from '../../queue/ports/object-store.ts';
import { isUnderWay, type KeyRecord, type LeaseRecord, type Ledger, numberIn, type RunRecord } from './ledger.ts';

/** Dispatchers lost in a row from which on an attempt stays spent (DESIGN §4, Recover). */
const SPENDING_RECOVERIES = 5;

/** What may have become of a lease, as far as the laws know: a run may be answered and aborted at once. */
type Fate = 'done' | 'called back' | 'failed' | 'rejected' | 'given back' | 'recovered';

function fatesOf(ledger: Ledger, lease: LeaseRecord, writer: string): ReadonlySet<Fate> {
  const { run } = lease;
  if (writer !== lease.holder) return new Set(['recovered']);
  // Leased ahead and given back; or written by a request that was given up, and found again.
  if (!run) return new Set(['given back', 'recovered']);
  const fates = new Set<Fate>();
  // A process that has lost its lock and acquired it anew recovers what it could not settle.
  if (ledger.locks.get(lease.region)?.generation !== lease.lockGeneration) fates.add('recovered');
  const { outcome } = run;
  switch (outcome?.kind) {
    case 'done':
      fates.add('done');
      break;
    case 'enqueue':
      fates.add(outcome.requeueMs === undefined ? 'done' : 'called back');
      break;
    case 'requeue':
      fates.add('called back');
      break;
    case 'failed':
    case 'rejected':
      fates.add(outcome.kind);
      break;
    case 'interrupted':
    case 'unreachable':
      fates.add('given back');
      break;
    case undefined:
      break;
    default:
      outcome satisfies never;
  }
  if (run.call.signal.aborted) {
    const causes: Record<string, Fate> = { deadline: 'failed', interrupted: 'given back' };
    const fate = causes[String(run.call.signal.reason)];
    if (fate) fates.add(fate);
  }
  return fates;
}

/** Attempts of the entry that each fate leaves behind: promise 6. */
function attemptsAfter(lease: LeaseRecord, fate: Fate): number {
  const { attempts } = lease;
  switch (fate) {
    case 'failed':
    case 'rejected':
      return attempts;
    case 'done':
    case 'called back':
      return 0;
    case 'given back':
      return attempts - 1;
    case 'recovered':
      return isCostly(lease) ? attempts : attempts - 1;
    default:
      return fate satisfies never;
  }
}

/** So many dispatchers were lost with this key in a row that it may be the key. */
function isCostly(lease: LeaseRecord): boolean {
  return lease.recoveries + 1 >= SPENDING_RECOVERIES;
}

/** An entry came back into the queue from its lease, alone or merged into a twin. */
export function checkReturned(ledger: Ledger, key: string, record: KeyRecord, entry: Metadata, writer: string): void {
  // A merge that was on its way when another ended the same lease finds the twin as that one left it: while nobody has the key, it
  // says the same once more.
  const lease = record.lease ?? record.ended;
  const held = lease !== undefined && lease.fence === numberIn(entry, META.fence);
  ledger.demand(held, 'a stale holder never settles', key);
  if (!lease) return;
  const { maxAttempts } = ledger.plan.settings.retry;
  const attempts = numberIn(entry, META.attempts);
  const fates = [...fatesOf(ledger, lease, writer)].filter((fate) => fate !== 'done' && fate !== 'rejected');
  const right = fates.some((fate) => attemptsAfter(lease, fate) === attempts);
  ledger.demand(
    right,
    `only failures spend attempts (${attempts} left of ${lease.attempts}, ${fates.join(' or ')})`,
    key,
  );
  const spent = maxAttempts > 0 && attempts >= maxAttempts;
  ledger.demand(!spent, 'a key that spent its attempts is a dead letter', key);
  const lower = numberIn(entry, META.priority) < numberIn(lease.metadata, META.priority);
  ledger.demand(!lower, 'the highest priority wins', key);
}

export function checkLetter(ledger: Ledger, key: string, record: KeyRecord, letter: Metadata, writer: string): void {
  const { lease } = record;
  const held = lease !== undefined && lease.fence === numberIn(letter, META.fence);
  ledger.demand(held, 'a stale holder never buries', key);
  if (!lease) return;
  const { maxAttempts } = ledger.plan.settings.retry;
  const fates = fatesOf(ledger, lease, writer);
  const failed = fates.has('failed') || (fates.has('recovered') && isCostly(lease));
  const exhausted = failed && maxAttempts > 0 && lease.attempts >= maxAttempts;
  ledger.demand(exhausted || fates.has('rejected'), 'only a key that is exhausted or rejected dies', key);
  ledger.demand(letter[META.lastError] !== undefined, 'a dead letter carries its last error', key);
}

/** The lease of a key ended. */
export function checkEnded(ledger: Ledger, key: string, record: KeyRecord, lease: LeaseRecord, writer: string): void {
  const { run } = lease;
  if (writer === lease.holder) {
    ledger.demand(!run || !isUnderWay(run), 'a lease outlasts its run', key);
    if (run && !run.call.signal.aborted) demandFollowUps(ledger, run);
  } else {
    const lock = ledger.locks.get(lease.region);
    const live = lock?.generation === lease.lockGeneration;
    ledger.demand(!live, 'nobody ends the lease of a holder whose lock is live', key);
  }
  if (record.queued) return;
  // The one exception to promise 1: nobody knows whether a run began before the fifth dispatcher in a row was lost with it.
  const excused = !run && isCostly(lease) && record.letter !== undefined;
  if (excused) record.owed = 0;
  const covered = excused || (run !== undefined && run.began > record.owed);
  if (record.letter && record.letter.written > (run?.began ?? 0)) {
    ledger.demand(covered, 'an enqueue is followed by a start, or its entry stays', key);
    return;
  }
  ledger.demand(fatesOf(ledger, lease, writer).has('done'), 'nothing vanishes', key);
  ledger.demand(covered, 'an enqueue is followed by a start, or its entry stays', key);
}

/** What a reconciler asked to be queued is queued before its own key is settled, and owed from the answer on. */
function demandFollowUps(ledger: Ledger, { outcome, answered = 0 }: RunRecord): void {
  if (outcome?.kind !== 'enqueue') return;
  for (const { key } of outcome.keys) {
    const record = ledger.key(key);
    const started = record.started > answered;
    const waits = record.queued !== undefined || (record.lease && !record.lease.run);
    ledger.demand(started || waits === true, 'what a run asks for is queued before it is settled', key);
    record.owed = Math.max(record.owed, answered);
  }
}
