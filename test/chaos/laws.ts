import { PREFIX } from '../../queue/core/layout.ts';
import { decodeLock } from '../../queue/core/lock.ts';
import type { Evidence, SeenRun, Written } from './evidence.ts';

/** A lease as the bucket saw it, from the copy to `in-progress/` to its removal. */
interface Lease {
  readonly key: string;
  readonly fence: number;
  readonly region: string;
  /** Of the lock that it is held under. */
  readonly lock: string;
  readonly recoveries: number;
  readonly fromMs: number;
  /** At the latest: when the next write was made. */
  toMs: number;
  /** Removed because its holder was taken for lost, at that moment. */
  recoveredMs?: number;
}

/** What the laws say of a round; nothing is well. */
export function violations(evidence: Evidence): string[] {
  const history = readHistory(evidence);
  return [
    ...everyEnqueueWasRun(evidence),
    ...nothingIsLeft(evidence),
    ...history.problems,
    ...leasesCoverTheirRuns(evidence.runs, history.leases),
    ...theLimitHeld(evidence, history),
  ];
}

/** Promise 1: a run began after the call, and ended in an answer. */
function everyEnqueueWasRun({ acknowledged, runs }: Evidence): string[] {
  const lastBegan = new Map<string, number>();
  for (const { key, beganMs, how } of runs) {
    if (how !== 'done' && how !== 'spread') continue;
    lastBegan.set(key, Math.max(lastBegan.get(key) ?? 0, beganMs));
  }
  return acknowledged
    .filter(({ key, calledMs }) => (lastBegan.get(key) ?? 0) < calledMs)
    .map(({ key, calledMs }) => `acknowledged, but not reconciled after the call: key=${key} called=${calledMs}`);
}

/** The queue has drained, and nothing was given up. */
function nothingIsLeft({ bucket }: Evidence): string[] {
  const there = new Set<string>();
  for (const write of bucket) {
    if ('gone' in write) there.delete(write.name);
    else there.add(write.name);
  }
  const prefixes = [PREFIX.queued, PREFIX.inProgress, PREFIX.deadLetter];
  return [...there]
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => `left in the bucket: name=${name}`);
}

interface LockSpan {
  readonly region: string;
  readonly generation: string;
  readonly instance: string;
  /** As of the last refresh. */
  expiresMs: number;
}

interface History {
  readonly leases: readonly Lease[];
  readonly locks: readonly LockSpan[];
  readonly problems: readonly string[];
}

/** Walks through the writes in their order: leases with their ends, and the laws that hold at each single write. */
function readHistory({ bucket, runs, lockMarginMs }: Evidence): History {
  const problems: string[] = [];
  const leases: Lease[] = [];
  const locks: LockSpan[] = [];
  const lockNow = new Map<string, LockSpan>();
  const leaseNow = new Map<string, Lease>();
  const queuedRecoveries = new Map<string, number>();
  const nextTime = timesAfter(bucket);

  const takeLock = (write: Exclude<Written, { gone: true }>, region: string) => {
    const { expiresMs, instance } = decodeLock(write.metadata);
    const held = lockNow.get(region);
    if (held?.generation === write.generation) {
      held.expiresMs = Math.max(held.expiresMs, expiresMs);
      return;
    }
    // Two holders in one region; an instance may overwrite what it did not know to be its own.
    if (held && held.instance !== instance && held.expiresMs + lockMarginMs > write.atMs) {
      problems.push(
        `a lock that had not lapsed was overwritten: region=${region} expires=${held.expiresMs} at=${write.atMs}`,
      );
    }
    const span = { region, generation: write.generation, instance, expiresMs };
    locks.push(span);
    lockNow.set(region, span);
  };

  const noticeRecovery = (write: Exclude<Written, { gone: true }>, key: string) => {
    const recoveries = Number(write.metadata['recoveries'] ?? 0);
    const lease = leaseNow.get(key);
    const before = queuedRecoveries.get(key) ?? 0;
    queuedRecoveries.set(key, recoveries);
    if (!lease || recoveries !== lease.recoveries + 1 || recoveries <= before) return;
    lease.recoveredMs = write.atMs;
    const lock = lockNow.get(lease.region);
    const lives = lock?.generation === lease.lock && lock.expiresMs + lockMarginMs > write.atMs;
    const run = runs.find(({ fence, key: of }) => of === key && fence === lease.fence);
    if (lives && run && run.beganMs < write.atMs && run.endedMs > write.atMs) {
      problems.push(
        `a lease was taken from a live holder in mid-run: key=${key} fence=${lease.fence} at=${write.atMs}`,
      );
    }
  };

  for (const [index, write] of bucket.entries()) {
    const of = (prefix: string) => (write.name.startsWith(prefix) ? write.name.slice(prefix.length) : undefined);
    const region = of(PREFIX.dispatchers);
    const leased = of(PREFIX.inProgress);
    const queued = of(PREFIX.queued);
    if ('gone' in write) {
      if (region !== undefined) lockNow.delete(region);
      if (queued !== undefined) queuedRecoveries.delete(queued);
      const lease = leased === undefined ? undefined : leaseNow.get(leased);
      if (lease) lease.toMs = nextTime[index] ?? Number.POSITIVE_INFINITY;
      if (leased !== undefined) leaseNow.delete(leased);
    } else if (region !== undefined) {
      takeLock(write, region);
    } else if (queued !== undefined) {
      noticeRecovery(write, queued);
    } else if (leased !== undefined && leaseNow.get(leased)?.fence !== Number(write.metadata['fence'])) {
      const [owner = '', lock = ''] = (write.metadata['owner'] ?? '').split('/');
      const recoveries = Number(write.metadata['recoveries'] ?? 0);
      const fence = Number(write.metadata['fence']);
      const lease = {
        key: leased,
        fence,
        region: owner,
        lock,
        recoveries,
        fromMs: write.atMs,
        toMs: Number.POSITIVE_INFINITY,
      };
      if (leaseNow.has(leased)) problems.push(`a lease was overwritten: key=${leased} at=${write.atMs}`);
      leases.push(lease);
      leaseNow.set(leased, lease);
    }
  }
  return { leases, locks, problems };
}

/** For each write the time of the next one that has a time: a delete has none, and happened before it. */
function timesAfter(bucket: readonly Written[]): number[] {
  const times: number[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (let index = bucket.length - 1; index >= 0; index--) {
    times[index] = next;
    const write = bucket[index];
    if (write && !('gone' in write)) next = write.atMs;
  }
  return times;
}

/** Promise 3: each run has a lease of its own, which its holder does not give up before the run has ended. */
function leasesCoverTheirRuns(runs: readonly SeenRun[], leases: readonly Lease[]): string[] {
  const problems: string[] = [];
  const byFence = new Map(leases.map((lease) => [`${lease.fence} ${lease.key}`, lease]));
  const seen = new Set<string>();
  for (const run of runs) {
    const id = `${run.fence} ${run.key}`;
    const lease = byFence.get(id);
    const where = `key=${run.key} fence=${run.fence} began=${run.beganMs} ended=${run.endedMs}`;
    if (seen.has(id)) problems.push(`two runs under one lease: ${where}`);
    seen.add(id);
    if (!lease) problems.push(`a run without a lease: ${where}`);
    else if (run.beganMs < lease.fromMs) problems.push(`a run began before its lease: ${where} lease=${lease.fromMs}`);
    else if (lease.recoveredMs === undefined && run.endedMs > lease.toMs) {
      problems.push(`a lease was settled before its run had ended: ${where} settled=${lease.toMs}`);
    }
  }
  return problems;
}

/** Promise 5: calls at once under a live lease. */
function theLimitHeld({ runs, concurrency }: Evidence, { leases, locks }: History): string[] {
  const byFence = new Map(leases.map((lease) => [`${lease.fence} ${lease.key}`, lease]));
  const lockOf = new Map(locks.map((lock) => [`${lock.region}/${lock.generation}`, lock]));
  const live = runs.flatMap((run) => {
    const lease = byFence.get(`${run.fence} ${run.key}`);
    const lock = lease && lockOf.get(`${lease.region}/${lease.lock}`);
    if (!lease || !lock) return [];
    return [{ ...run, endedMs: Math.min(run.endedMs, lease.recoveredMs ?? lease.toMs, lock.expiresMs) }];
  });
  return live.flatMap(({ beganMs }) => {
    const open = live.filter((other) => other.beganMs <= beganMs && other.endedMs > beganMs).length;
    return open > concurrency ? [`${open} calls at once under live leases: limit=${concurrency} at=${beganMs}`] : [];
  });
}
