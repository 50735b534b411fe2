import { decodeEntry, type Entry } from '../../queue/core/entry.ts';
import { keyOf, PAUSE_OBJECT, PREFIX } from '../../queue/core/layout.ts';
import { isPaused, PAUSE_META } from '../../queue/core/pause.ts';
import type { ListPage, ObjectStore } from '../../queue/ports/object-store.ts';
import { firstFew } from './first-few.ts';

/** Pages of 1000 read per prefix; a count that has reached the end of them is "at least". */
const PAGES = 100;
/** Keys named per group. */
const LISTED = 50;

export interface KeyRow {
  readonly key: string;
  readonly priority: number;
  readonly attempts: number;
  /**
   * Unix ms, by the group: an eligible key has been so since then, a waiting one is so from then on, a running one has run since its
   * lease was taken, a dead one has been dead. Absent where the entry does not say.
   */
  readonly atMs?: number | undefined;
  /** Of a running key: somebody enqueued it meanwhile, so it runs again. */
  readonly again?: boolean;
  readonly owner?: string | undefined;
  readonly cause?: string | undefined;
  readonly lastError?: string | undefined;
}

export interface KeyGroup {
  readonly count: number;
  /** Whether there may be more than were counted. */
  readonly more: boolean;
  /** Unix ms: the smallest `atMs` of the group. */
  readonly oldestMs?: number | undefined;
  /** Those that an operator asks for first: the longest eligible, the next due, the longest running, the last to die. */
  readonly keys: readonly KeyRow[];
}

export interface Pause {
  readonly until?: string | undefined;
  readonly reason?: string | undefined;
  readonly by?: string | undefined;
}

/** What lies in the bucket, sorted as an operator thinks of it. Each prefix was listed at its own moment. */
export interface Snapshot {
  readonly eligible: KeyGroup;
  readonly waiting: KeyGroup;
  readonly running: KeyGroup;
  readonly dead: KeyGroup;
  /** Present while the queue is paused. */
  readonly pause?: Pause;
}

/** Reads the bucket. Throws `QueueError` `unavailable` when it cannot be read. */
export async function takeSnapshot(store: ObjectStore, nowMs: number, find = ''): Promise<Snapshot> {
  const [queued, running, dead, pause] = await Promise.all([
    readBelow(store, PREFIX.queued),
    readBelow(store, PREFIX.inProgress),
    readBelow(store, PREFIX.deadLetter),
    store.get(PAUSE_OBJECT),
  ]);
  const group = groupOf.bind(undefined, find);
  const isWaiting = ({ entry }: Found) => entry.notBeforeMs !== undefined && entry.notBeforeMs > nowMs;
  // A key that is queued and running at once is running: its twin starts when the run ends.
  const twins = new Set<string>();
  const alone: Found[] = [];
  const leased = new Set(running.found.map(({ key }) => key));
  for (const found of queued.found) {
    if (leased.has(found.key)) twins.add(found.key);
    else alone.push(found);
  }
  const eligible = alone.filter((found) => !isWaiting(found)).map(eligibleRow);
  const waiting = alone.filter(isWaiting).map(waitingRow);
  const runs = running.found.map((found) => ({ ...runningRow(found), again: twins.has(found.key) }));
  // A redriven letter is kept for the record only.
  const letters = dead.found.filter(({ entry }) => entry.redrivenMs === undefined).map(deadRow);
  const metadata = pause?.metadata;
  return {
    eligible: group(eligible, queued.more, (a, b) => b.priority - a.priority || earlier(a, b)),
    waiting: group(waiting, queued.more, earlier),
    running: group(runs, running.more, earlier),
    dead: group(letters, dead.more, (a, b) => earlier(b, a)),
    ...(metadata &&
      isPaused(metadata, nowMs) && {
        pause: {
          until: metadata[PAUSE_META.until],
          reason: metadata[PAUSE_META.reason],
          by: metadata[PAUSE_META.by],
        },
      }),
  };
}

interface Found {
  readonly key: string;
  readonly entry: Entry;
}

const common = ({ key, entry }: Found) => ({
  key,
  priority: entry.priority,
  attempts: entry.attempts,
  lastError: entry.lastError,
});
const waitingRow = (found: Found): KeyRow => ({ ...common(found), atMs: found.entry.notBeforeMs });
const deadRow = (found: Found): KeyRow => ({
  ...common(found),
  atMs: found.entry.failedMs,
  cause: found.entry.cause,
});

function eligibleRow(found: Found): KeyRow {
  return { ...common(found), atMs: found.entry.notBeforeMs ?? found.entry.firstQueuedMs };
}

function runningRow(found: Found): KeyRow {
  const { fence, owner } = found.entry;
  // The fence is the start of the lease in microseconds, unless clocks went backwards.
  return { ...common(found), atMs: fence === undefined ? undefined : Math.floor(fence / 1000), owner };
}

/** Unknown times come last. */
function earlier(a: KeyRow, b: KeyRow): number {
  return (a.atMs ?? Number.MAX_SAFE_INTEGER) - (b.atMs ?? Number.MAX_SAFE_INTEGER);
}

function groupOf(
  find: string,
  rows: readonly KeyRow[],
  more: boolean,
  order: (a: KeyRow, b: KeyRow) => number,
): KeyGroup {
  const oldestMs = rows.reduce<number | undefined>(
    (oldest, { atMs }) => (atMs !== undefined && (oldest === undefined || atMs < oldest) ? atMs : oldest),
    undefined,
  );
  const wanted =
    find === '' ? rows : rows.filter(({ key, lastError }) => key.includes(find) || lastError?.includes(find));
  return { count: rows.length, more, oldestMs, keys: firstFew(wanted, LISTED, order) };
}

async function readBelow(store: ObjectStore, prefix: string): Promise<{ found: readonly Found[]; more: boolean }> {
  const found: Found[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { objects, nextPageToken }: ListPage = await store.list({
      prefix,
      ...(pageToken !== undefined && { pageToken }),
    });
    for (const { name, metadata } of objects) {
      const key = keyOf(name, prefix);
      if (key.ok) found.push({ key: key.value, entry: decodeEntry(metadata).entry });
    }
    pageToken = nextPageToken;
    if (pageToken === undefined) return { found, more: false };
  }
  return { found, more: true };
}
