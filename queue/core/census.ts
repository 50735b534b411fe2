import { decodeEntry, type Entry } from './entry.ts';
import type { Key } from './key.ts';
import { keyOf, PAUSE_OBJECT, PREFIX } from './layout.ts';
import { decodeLock, type LockState } from './lock.ts';
import { type Pause, pauseAt } from './pause.ts';

/** An object as a listing shows it. */
export interface Listed {
  readonly name: string;
  readonly generation: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Where a key stands:
 *
 * - `eligible`: queued, and could start now;
 * - `waiting`: queued, its time has not come;
 * - `touched`: queued while it runs, so it cannot start before that run ends. Neither eligible nor waiting;
 * - `running`: leased;
 * - `dead`: given up;
 * - `redriven`: a dead letter whose key was queued again; kept for the record until the key completes.
 */
export type Standing = 'eligible' | 'waiting' | 'touched' | 'running' | 'dead' | 'redriven';

/** One key's entry, and where it stands. A key that is touched while it runs is met twice. */
export interface Counted {
  readonly key: Key;
  readonly standing: Standing;
  readonly entry: Entry;
  readonly object: Listed;
  /** One sentence per value of the metadata that does not parse. */
  readonly problems: readonly string[];
}

/** Bands of priorities: as few as a metric may have labels. Named after the lowest in each. */
export const PRIORITY_CLASSES = ['0', '1', '10', '100', '1000'] as const;
export type PriorityClass = (typeof PRIORITY_CLASSES)[number];

export function priorityClass(priority: number): PriorityClass {
  return PRIORITY_CLASSES.findLast((lowest) => priority >= Number(lowest)) ?? '0';
}

/** Eligible keys, and since when the oldest of them could have been started. */
export interface Backlog {
  readonly count: number;
  /** Unix ms; absent where there is none, or none that says. */
  readonly oldestMs?: number | undefined;
}

/** A region's lock as listed, and how many leases it holds. */
export interface Holder extends LockState {
  readonly region: string;
  readonly generation: string;
  readonly leases: number;
}

/** What lies in a bucket, in numbers. Times are unix ms. All of it describes the bucket, so who adds up several must take the maximum. */
export interface Census {
  readonly takenMs: number;
  readonly pause?: Pause | undefined;
  readonly counts: Readonly<Record<Standing, number>>;
  readonly eligible: Readonly<Record<PriorityClass, Backlog>>;
  /** Since when the oldest eligible key could have been started. */
  readonly oldestEligibleMs?: number | undefined;
  /** When the next waiting key is due. */
  readonly nextDueMs?: number | undefined;
  /** When the longest running key was leased. */
  readonly longestRunningMs?: number | undefined;
  /** When the oldest dead letter, redriven ones left out, was given up. */
  readonly oldestDeadMs?: number | undefined;
  /** Most attempts of any key that is queued or runs. */
  readonly maxAttempts: number;
  readonly holders: readonly Holder[];
  /** Leases by owner. */
  readonly owners: ReadonlyMap<string, number>;
  /** Objects below our prefixes whose names are no keys, and the first few of these names. */
  readonly foreign: number;
  readonly foreignNames: readonly string[];
  /** Entries with metadata that does not parse. */
  readonly malformed: number;
}

/** A fence counts microseconds, unless it was raised by a clock that went back: one that lies ahead says nothing. */
const FENCE_SLACK_MS = 60_000;

/** Names of foreign objects that are told. */
const MOST_FOREIGN_NAMES = 5;

/**
 * Since when a queued entry could have been started. What was due at a time, since then; else since it was queued, or returned from
 * its last run, whichever is later: `first-queued` survives requeues, and a key may have been in the queue for months.
 */
export function eligibleSinceMs(entry: Entry): number | undefined {
  if (entry.notBeforeMs !== undefined) return entry.notBeforeMs;
  const returnedMs = entry.lastAttemptedSeconds === undefined ? undefined : entry.lastAttemptedSeconds * 1000;
  if (entry.firstQueuedMs === undefined || returnedMs === undefined) return entry.firstQueuedMs ?? returnedMs;
  return Math.max(entry.firstQueuedMs, returnedMs);
}

/** When a leased entry was leased, as its fence tells. */
export function leasedSinceMs(entry: Entry, nowMs: number): number | undefined {
  const ms = entry.fence === undefined ? undefined : Math.floor(entry.fence / 1000);
  return ms === undefined || ms < Date.UTC(2000, 0, 1) || ms > nowMs + FENCE_SLACK_MS ? undefined : ms;
}

/**
 * Counts the objects of a bucket, one by one, in memory that does not grow with the queue. **Leases have to be added before queued
 * entries**: only then is a queued twin of a running key told from one that is eligible. Otherwise the order does not matter.
 */
export class CensusCount {
  readonly #nowMs: number;
  readonly #counts: Record<Standing, number> = {
    eligible: 0,
    waiting: 0,
    touched: 0,
    running: 0,
    dead: 0,
    redriven: 0,
  };
  readonly #eligible = new Map<PriorityClass, { count: number; oldestMs: number | undefined }>();
  readonly #running = new Set<Key>();
  readonly #owners = new Map<string, number>();
  readonly #locks: (LockState & { readonly region: string; readonly generation: string })[] = [];
  #pause: Pause | undefined;
  #nextDueMs: number | undefined;
  #longestRunningMs: number | undefined;
  #oldestDeadMs: number | undefined;
  #maxAttempts = 0;
  #foreign = 0;
  readonly #foreignNames: string[] = [];
  #malformed = 0;

  /** `nowMs`: the moment that keys are due or not at. */
  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** Counts an object in. What was counted, if it is a key's entry. */
  add(object: Listed): Counted | undefined {
    const { name, metadata } = object;
    if (name.startsWith(PREFIX.queued))
      return this.#entry(object, PREFIX.queued, (key, entry) => this.#queued(key, entry));
    if (name.startsWith(PREFIX.inProgress))
      return this.#entry(object, PREFIX.inProgress, (key, entry) => this.#leased(key, entry));
    if (name.startsWith(PREFIX.deadLetter))
      return this.#entry(object, PREFIX.deadLetter, (_, entry) => this.#letter(entry));
    if (name.startsWith(PREFIX.dispatchers)) {
      const region = name.slice(PREFIX.dispatchers.length);
      this.#locks.push({ ...decodeLock(metadata), region, generation: object.generation });
    } else if (name === PAUSE_OBJECT) this.#pause = pauseAt(metadata, this.#nowMs);
    return undefined;
  }

  census(): Census {
    const backlog = (each: PriorityClass): [PriorityClass, Backlog] => [each, this.#eligible.get(each) ?? { count: 0 }];
    const oldest = [...this.#eligible.values()].map(({ oldestMs }) => oldestMs).reduce(earlier, undefined);
    return {
      takenMs: this.#nowMs,
      pause: this.#pause,
      counts: { ...this.#counts },
      eligible: Object.fromEntries(PRIORITY_CLASSES.map(backlog)) as Record<PriorityClass, Backlog>,
      oldestEligibleMs: oldest,
      nextDueMs: this.#nextDueMs,
      longestRunningMs: this.#longestRunningMs,
      oldestDeadMs: this.#oldestDeadMs,
      maxAttempts: this.#maxAttempts,
      holders: this.#locks.map((lock) => ({
        ...lock,
        leases: this.#owners.get(`${lock.region}/${lock.generation}`) ?? 0,
      })),
      owners: new Map(this.#owners),
      foreign: this.#foreign,
      foreignNames: this.#foreignNames,
      malformed: this.#malformed,
    };
  }

  #entry(object: Listed, prefix: string, judge: (key: Key, entry: Entry) => Standing): Counted | undefined {
    const key = keyOf(object.name, prefix);
    if (!key.ok) {
      this.#foreign++;
      if (this.#foreignNames.length < MOST_FOREIGN_NAMES) this.#foreignNames.push(object.name);
      return undefined;
    }
    const { entry, problems } = decodeEntry(object.metadata);
    if (problems.length > 0) this.#malformed++;
    const standing = judge(key.value, entry);
    this.#counts[standing]++;
    if (standing !== 'dead' && standing !== 'redriven') this.#maxAttempts = Math.max(this.#maxAttempts, entry.attempts);
    return { key: key.value, standing, entry, object, problems };
  }

  #queued(key: Key, entry: Entry): Standing {
    if (this.#running.has(key)) return 'touched';
    if (entry.notBeforeMs !== undefined && entry.notBeforeMs > this.#nowMs) {
      this.#nextDueMs = earlier(this.#nextDueMs, entry.notBeforeMs);
      return 'waiting';
    }
    const name = priorityClass(entry.priority);
    const before = this.#eligible.get(name);
    const oldestMs = earlier(before?.oldestMs, eligibleSinceMs(entry));
    this.#eligible.set(name, { count: (before?.count ?? 0) + 1, oldestMs });
    return 'eligible';
  }

  #leased(key: Key, entry: Entry): Standing {
    this.#running.add(key);
    const owner = entry.owner ?? '';
    this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + 1);
    this.#longestRunningMs = earlier(this.#longestRunningMs, leasedSinceMs(entry, this.#nowMs));
    return 'running';
  }

  #letter(entry: Entry): Standing {
    if (entry.redrivenMs !== undefined) return 'redriven';
    this.#oldestDeadMs = earlier(this.#oldestDeadMs, entry.failedMs);
    return 'dead';
  }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
