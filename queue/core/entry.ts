import { MAX_PRIORITY } from './enqueue.ts';
import { formatSeconds, parseInstant } from './instant.ts';
import { META } from './layout.ts';
import { parseTraceparent } from './traceparent.ts';

/** What the metadata of a queued, leased or dead key says. A field that makes no sense in a state is absent there. */
export interface Entry {
  readonly priority: number;
  /** Attempts so far; a lease counts its own run. */
  readonly attempts: number;
  /** Unix ms; absent = eligible now. */
  readonly notBeforeMs?: number | undefined;
  /** `notBeforeMs` is a floor: plain enqueues do not bring it forward. */
  readonly floor?: boolean | undefined;
  /** Unix seconds of the last settled run. */
  readonly lastAttemptedSeconds?: number | undefined;
  readonly leaseExpirationMs?: number | undefined;
  readonly owner?: string | undefined;
  /** Microseconds since 1970, or one more than the fence before: exact in a double until the year 2255. */
  readonly fence?: number | undefined;
  /** Dispatchers lost in a row while holding this key. */
  readonly recoveries?: number | undefined;
  /** Generation of the dead letter that this entry was redriven from. */
  readonly redriveOf?: string | undefined;
  readonly redrivenMs?: number | undefined;
  readonly failedMs?: number | undefined;
  /** Unix ms of the enqueue that opened this story. */
  readonly firstQueuedMs?: number | undefined;
  readonly lastError?: string | undefined;
  readonly cause?: 'exhausted' | 'rejected' | undefined;
  readonly traceparent?: string | undefined;
  readonly bump?: string | undefined;
  /** Metadata of others, carried along. */
  readonly unknown: Readonly<Record<string, string>>;
}

/** An entry read safely, and what did not parse. */
export interface Decoded {
  readonly entry: Entry;
  /** One sentence per value that was not understood; empty for what our own services write. */
  readonly problems: readonly string[];
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(META));

/** Go's zero time, which stands for "now". */
const ZERO_TIME_BEFORE_MS = Date.UTC(1970, 0, 1);

/**
 * Reads metadata that anyone may have written. What does not parse gets the safe reading: no lease, eligible now, no priority,
 * no attempts.
 */
export function decodeEntry(metadata: Readonly<Record<string, string>>): Decoded {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = metadata[name];
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined)
      problems.push(`metadata ${name} does not parse: ${name}=${JSON.stringify(text.slice(0, 100))}`);
    return value;
  };
  const unknown: Record<string, string> = {};
  for (const name in metadata) if (!KNOWN.has(name)) unknown[name] = metadata[name] as string;
  const notBefore = read(META.notBefore, parseInstant);
  const timed = notBefore !== undefined && notBefore > ZERO_TIME_BEFORE_MS;
  const entry: Entry = {
    priority: Math.min(read(META.priority, parseWhole) ?? 0, MAX_PRIORITY),
    attempts: read(META.attempts, parseWhole) ?? 0,
    notBeforeMs: timed ? notBefore : undefined,
    floor: timed ? read(META.floor, parseFlag) || undefined : undefined,
    lastAttemptedSeconds: read(META.lastAttempted, parseWhole),
    leaseExpirationMs: read(META.leaseExpiration, parseInstant),
    owner: metadata[META.owner],
    fence: read(META.fence, parseWhole),
    recoveries: read(META.recoveries, parseWhole),
    redriveOf: read(META.redriveOf, parseDigits),
    redrivenMs: read(META.redriven, parseInstant),
    failedMs: read(META.failedTime, parseInstant),
    firstQueuedMs: read(META.firstQueued, parseWhole),
    lastError: metadata[META.lastError],
    cause: read(META.cause, parseCause),
    traceparent: read(META.traceparent, parseTraceparent),
    bump: metadata[META.bump],
    unknown,
  };
  return { entry, problems };
}

/** What decides when a waiting key is started, read as {@link decodeEntry} does, at a fraction of the cost: for listings. */
export function readTurn(
  metadata: Readonly<Record<string, string>>,
): Pick<Entry, 'priority' | 'notBeforeMs' | 'firstQueuedMs'> {
  const notBefore = metadata[META.notBefore];
  const firstQueued = metadata[META.firstQueued];
  const notBeforeMs = notBefore === undefined ? undefined : parseInstant(notBefore);
  return {
    priority: Math.min(parseWhole(metadata[META.priority] ?? '0') ?? 0, MAX_PRIORITY),
    notBeforeMs: notBeforeMs !== undefined && notBeforeMs > ZERO_TIME_BEFORE_MS ? notBeforeMs : undefined,
    firstQueuedMs: firstQueued === undefined ? undefined : parseWhole(firstQueued),
  };
}

/** The metadata of an entry. Fields without a value are left out. */
export function encodeEntry(entry: Entry): Record<string, string> {
  const metadata: Record<string, string> = { ...entry.unknown };
  const write = (name: string, value: string | undefined) => {
    if (value !== undefined) metadata[name] = value;
  };
  write(META.priority, String(entry.priority).padStart(8, '0'));
  write(META.attempts, String(entry.attempts));
  write(META.notBefore, entry.notBeforeMs === undefined ? undefined : formatSeconds(entry.notBeforeMs));
  write(META.floor, entry.floor ? 'true' : undefined);
  write(META.lastAttempted, entry.lastAttemptedSeconds?.toString());
  write(
    META.leaseExpiration,
    entry.leaseExpirationMs === undefined ? undefined : formatSeconds(entry.leaseExpirationMs),
  );
  write(META.owner, entry.owner);
  write(META.fence, entry.fence?.toString());
  write(META.recoveries, entry.recoveries?.toString());
  write(META.redriveOf, entry.redriveOf);
  write(META.redriven, entry.redrivenMs === undefined ? undefined : formatSeconds(entry.redrivenMs));
  write(META.failedTime, entry.failedMs === undefined ? undefined : formatSeconds(entry.failedMs));
  write(META.firstQueued, entry.firstQueuedMs?.toString());
  write(META.lastError, entry.lastError);
  write(META.cause, entry.cause);
  write(META.traceparent, entry.traceparent);
  write(META.bump, entry.bump);
  return metadata;
}

/** What a patch has to say so that metadata `from` becomes `to`. Empty = nothing to change. */
export function metadataChanges(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const changes: Record<string, string | null> = {};
  for (const name in to) if (to[name] !== from[name]) changes[name] = to[name] as string;
  for (const name in from) if (to[name] === undefined) changes[name] = null;
  return changes;
}

/** Read by hand: a sweep reads half a million of them. */
function parseWhole(text: string): number | undefined {
  if (text.length === 0 || text.length > 16) return undefined;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : undefined;
}

function parseDigits(text: string): string | undefined {
  return /^\d{1,20}$/.test(text) ? text : undefined;
}

function parseFlag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function parseCause(text: string): 'exhausted' | 'rejected' | undefined {
  return text === 'exhausted' || text === 'rejected' ? text : undefined;
}
