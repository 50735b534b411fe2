import type { Entry } from './entry.ts';
import type { Key } from './key.ts';

/** A waiting entry as it was last seen. May be stale, which is harmless: leasing is conditional. */
export interface Candidate {
  readonly key: Key;
  readonly name: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly priority: number;
  /** Unix ms since which the key could have been started; what waits longest goes first. */
  readonly eligibleMs: number;
  /** Unix ms before which this dispatcher leaves it alone: its time has not come, or it is first left to another region. */
  readonly dueMs: number;
  /** Whether hints of this key come to this region. */
  readonly preferred: boolean;
  /** Leases lost in a row, so that a key which another region runs is not asked for again and again. */
  readonly lost: number;
}

/** Best effort order of starts: higher priority first, then longest eligible first. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return b.priority - a.priority || a.eligibleMs - b.eligibleMs;
}

/** A region first leaves a key that prefers another region alone, until it has been eligible for so long. */
export const PREFERENCE_MS = 2_000;

/**
 * In the order of starts, keys that prefer another region stand this much behind. On a backlog each region then works through its
 * own keys first, and they meet only at the end.
 */
export const PREFERENCE_HANDICAP_MS = 60_000;

export interface Sighting {
  readonly key: Key;
  readonly object: {
    readonly name: string;
    readonly generation: string;
    readonly metageneration: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
  readonly entry: Pick<Entry, 'priority' | 'notBeforeMs' | 'firstQueuedMs'>;
  /** Whether this region is the key's preferred one, or has put it into the queue itself. */
  readonly preferred: boolean;
}

/** A waiting entry as a candidate. One without any time is taken to have waited longest. */
export function asCandidate({ key, object, entry, preferred }: Sighting): Candidate {
  const eligibleMs = entry.notBeforeMs ?? entry.firstQueuedMs ?? 0;
  const { name, generation, metageneration, metadata } = object;
  return {
    key,
    name,
    generation,
    metageneration,
    metadata,
    priority: entry.priority,
    eligibleMs: preferred ? eligibleMs : eligibleMs + PREFERENCE_HANDICAP_MS,
    dueMs: preferred ? (entry.notBeforeMs ?? 0) : eligibleMs + PREFERENCE_MS,
    preferred,
    lost: 0,
  };
}
