import { decodeEntry } from '../../queue/core/entry.ts';
import { keyOf, PREFIX } from '../../queue/core/layout.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';

/** Pages of 1000 read per state; a count that has reached the end of them is "at least". */
const PAGES = 5;
/** Keys named per state. */
const LISTED = 50;

export interface KeyRow {
  readonly key: string;
  readonly priority: number;
  readonly attempts: number;
  /** Unix ms; of a waiting key. */
  readonly notBeforeMs?: number | undefined;
  readonly lastError?: string | undefined;
}

export interface KeyGroup {
  readonly count: number;
  /** Whether there may be more than were counted. */
  readonly more: boolean;
  /** The first ones. */
  readonly keys: readonly KeyRow[];
}

/** What lies in the bucket, sorted as an operator thinks of it. Each state was listed at its own moment. */
export interface Snapshot {
  readonly eligible: KeyGroup;
  readonly waiting: KeyGroup;
  readonly inProgress: KeyGroup;
  readonly dead: KeyGroup;
}

/** Reads the bucket. Throws `QueueError` `unavailable` when it cannot be read. */
export async function takeSnapshot(store: ObjectStore, nowMs: number): Promise<Snapshot> {
  const [queued, inProgress, dead] = await Promise.all([
    rowsBelow(store, PREFIX.queued),
    rowsBelow(store, PREFIX.inProgress),
    rowsBelow(store, PREFIX.deadLetter),
  ]);
  const isWaiting = (row: KeyRow) => row.notBeforeMs !== undefined && row.notBeforeMs > nowMs;
  return {
    eligible: group(
      queued.rows.filter((row) => !isWaiting(row)),
      queued.more,
    ),
    waiting: group(queued.rows.filter(isWaiting), queued.more),
    inProgress: group(inProgress.rows, inProgress.more),
    dead: group(dead.rows, dead.more),
  };
}

function group(rows: readonly KeyRow[], more: boolean): KeyGroup {
  return { count: rows.length, more, keys: rows.slice(0, LISTED) };
}

async function rowsBelow(store: ObjectStore, prefix: string): Promise<{ rows: readonly KeyRow[]; more: boolean }> {
  const rows: KeyRow[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { objects, nextPageToken } = await store.list({ prefix, ...(pageToken !== undefined && { pageToken }) });
    for (const { name, metadata } of objects) {
      const key = keyOf(name, prefix);
      if (!key.ok) continue;
      const { entry } = decodeEntry(metadata);
      // A redriven letter is kept for the record only.
      if (entry.redrivenMs !== undefined) continue;
      const { priority, attempts, notBeforeMs, lastError } = entry;
      rows.push({ key: key.value, priority, attempts, notBeforeMs, lastError });
    }
    pageToken = nextPageToken;
    if (pageToken === undefined) return { rows, more: false };
  }
  return { rows, more: true };
}
