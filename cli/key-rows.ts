import { type Counted, type Standing } from '../queue/core/census.ts';
import { sinceMs } from '../queue/core/key-filter.ts';
import { formatSpan } from '../queue/core/span.ts';
import type { Column } from './listing.ts';

/** Columns of a list of keys. */
export function keyColumns(nowMs: number): readonly Column<Counted>[] {
  return [
    { title: 'KEY', text: ({ key }) => key },
    { title: 'STATE', text: ({ standing }) => standing },
    { title: 'AGE', side: 'right', text: (row) => ageOf(row.standing, row, nowMs) },
    { title: 'PRIORITY', side: 'right', text: ({ entry }) => String(entry.priority) },
    { title: 'ATTEMPTS', side: 'right', text: ({ entry }) => String(entry.attempts) },
    { title: 'DETAIL', text: (row) => detailOf(row, nowMs) },
  ];
}

/** Columns of a list of dead letters. */
export function letterColumns(nowMs: number): readonly Column<Counted>[] {
  return [
    { title: 'KEY', text: ({ key }) => key },
    { title: 'AGE', side: 'right', text: (row) => ageOf(row.standing, row, nowMs) },
    { title: 'CAUSE', text: ({ entry, standing }) => (standing === 'redriven' ? 'redriven' : (entry.cause ?? '?')) },
    { title: 'ATTEMPTS', side: 'right', text: ({ entry }) => String(entry.attempts) },
    { title: 'LAST ERROR', text: ({ entry }) => entry.lastError ?? '' },
  ];
}

/** A key's entry for scripts: times as RFC 3339, what is not known left out. */
export function keyJson({ key, standing, entry }: Counted): Record<string, unknown> {
  const { notBeforeMs, floor, firstQueuedMs, lastAttemptedSeconds, leaseExpirationMs, failedMs, redrivenMs } = entry;
  return {
    key,
    state: standing,
    priority: entry.priority,
    attempts: entry.attempts,
    notBefore: instant(notBeforeMs),
    floor,
    firstQueued: instant(firstQueuedMs),
    lastAttempted: lastAttemptedSeconds === undefined ? undefined : instant(lastAttemptedSeconds * 1000),
    owner: entry.owner,
    leaseExpires: instant(leaseExpirationMs),
    fence: entry.fence,
    recoveries: entry.recoveries,
    cause: entry.cause,
    failed: instant(failedMs),
    redriven: instant(redrivenMs),
    lastError: entry.lastError,
    traceparent: entry.traceparent,
  };
}

export function instant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function ageOf(standing: Standing, { entry }: Pick<Counted, 'entry'>, nowMs: number): string {
  const since = sinceMs(standing, entry, nowMs);
  return since === undefined ? '?' : formatSpan(Math.max(0, nowMs - since));
}

function detailOf({ standing, entry }: Counted, nowMs: number): string {
  const { notBeforeMs, floor, owner, lastError } = entry;
  const parts: string[] = [];
  if (standing === 'waiting' && notBeforeMs !== undefined) {
    parts.push(`in ${formatSpan(notBeforeMs - nowMs)}${floor ? ' (floor)' : ''}`);
  }
  if (standing === 'running') parts.push(`by ${owner ?? '?'}`);
  if (lastError !== undefined) parts.push(lastError);
  return parts.join('; ');
}
