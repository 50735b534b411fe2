import { formatMillis, parseInstant } from './instant.ts';
import { PREFIX } from './layout.ts';
import { oneLine } from './text.ts';

/** What an operator is about to do, in the words that are kept. */
export interface Act {
  readonly verb: string;
  /** Who: as configured, a claim and no proof. Cloud Audit Logs hold the proof. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** What it is done to: a key, or the filter that selects the keys. */
  readonly target: string;
  /** How many, where it was counted before. */
  readonly count?: number | undefined;
}

/** An act as the bucket remembers it. */
export interface AuditRecord extends Act {
  /** Of its object. */
  readonly name: string;
  /** Unix ms of the decision, before anything was done. */
  readonly atMs: number;
  /** What came of it; absent while it goes on, or when whoever did it was cut off. */
  readonly result?: string | undefined;
  readonly endedMs?: number | undefined;
}

const AUDIT_META = {
  verb: 'verb',
  by: 'by',
  reason: 'reason',
  target: 'target',
  count: 'count',
  result: 'result',
  ended: 'ended',
} as const;

/** `audit/<time>-<id>`: sorts by time, so that "since" is where a listing starts. */
export function auditName(atMs: number, id: string): string {
  return `${auditStart(atMs)}-${id}`;
}

/** Before all records from this moment on. */
export function auditStart(atMs: number): string {
  return `${PREFIX.audit}${formatMillis(atMs)}`;
}

/** Metadata of the record of an act; each text one line of at most 1 KiB. */
export function encodeAct(act: Act): Record<string, string> {
  return {
    [AUDIT_META.verb]: act.verb,
    [AUDIT_META.by]: oneLine(act.by),
    [AUDIT_META.target]: oneLine(act.target),
    ...(act.reason !== undefined && { [AUDIT_META.reason]: oneLine(act.reason) }),
    ...(act.count !== undefined && { [AUDIT_META.count]: String(act.count) }),
  };
}

/** What is added to a record when the act is over. */
export function encodeResult(result: string, endedMs: number): Record<string, string> {
  return { [AUDIT_META.result]: oneLine(result), [AUDIT_META.ended]: formatMillis(endedMs) };
}

/** A record as it was read; `undefined` for an object that is none. */
export function decodeAudit(name: string, metadata: Readonly<Record<string, string>>): AuditRecord | undefined {
  const time = /^audit\/(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)-/.exec(name)?.[1];
  const atMs = time === undefined ? undefined : parseInstant(time);
  if (atMs === undefined) return undefined;
  const count = metadata[AUDIT_META.count];
  return {
    name,
    atMs,
    verb: metadata[AUDIT_META.verb] ?? '',
    by: metadata[AUDIT_META.by] ?? '',
    target: metadata[AUDIT_META.target] ?? '',
    reason: metadata[AUDIT_META.reason],
    count: count !== undefined && /^\d{1,15}$/.test(count) ? Number(count) : undefined,
    result: metadata[AUDIT_META.result],
    endedMs: parseInstant(metadata[AUDIT_META.ended] ?? ''),
  };
}
