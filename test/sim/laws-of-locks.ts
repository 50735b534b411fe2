import { LOCK_META } from '../../queue/core/lock.ts';
import type { Change } from '../../queue/stores/bucket.ts';
import { isUnderWay, type Ledger, type LockRecord } from './ledger.ts';
import { MOST_SKEW_MS } from './sim-clock.ts';

/** Laws for what is written to `dispatchers/<region>`. */
export function onLock(ledger: Ledger, region: string, change: Change, writer: string): void {
  const before = ledger.locks.get(region);
  const { generation, metadata } = change.object;
  const expiresMs = Date.parse(metadata[LOCK_META.expires] ?? '');
  switch (change.kind) {
    case 'finalize':
      // An instance may take its own lock anew: one whose release or creation got no answer.
      if (before && writer === before.holder) demandIdle(ledger, region, before, writer);
      else if (before) demandLapsed(ledger, region, before);
      ledger.locks.set(region, { holder: writer, generation, expiresMs });
      return;
    case 'metadataUpdate':
      if (!before) return;
      ledger.demand(
        writer === before.holder || expiresMs === before.expiresMs,
        'only its holder extends a lock',
        region,
      );
      ledger.demand(expiresMs >= before.expiresMs, 'a refresh never shortens a lock', region);
      ledger.locks.set(region, { ...before, expiresMs });
      return;
    case 'delete':
      ledger.locks.delete(region);
      if (!before) return;
      if (writer === before.holder) demandIdle(ledger, region, before, writer);
      else demandLapsed(ledger, region, before);
      return;
    default:
      change satisfies never;
  }
}

/** Others act on a lock only when its holder has stopped believing in it, on any clock within the margin. */
function demandLapsed(ledger: Ledger, region: string, lock: LockRecord): void {
  const { lifeMs, marginMs } = ledger.plan.settings.lock;
  const lapsedMs = lock.expiresMs + marginMs - MOST_SKEW_MS;
  ledger.demand(
    ledger.clock.now() >= lapsedMs,
    `a lock is only taken ${lifeMs + marginMs} ms after its refresh`,
    region,
  );
}

/** Its holder gives a lock up with nothing in hand. */
function demandIdle(ledger: Ledger, region: string, lock: LockRecord, writer: string): void {
  const busy = [...ledger.open].some((run) => {
    const lease = ledger.key(run.call.key).lease;
    return isUnderWay(run) && run.holder === writer && lease?.run === run && lease.lockGeneration === lock.generation;
  });
  ledger.demand(!busy, 'a lock is not released while a run is under way', region);
}
