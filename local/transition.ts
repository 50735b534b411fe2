import type { LogRecord } from './log-record.ts';

/** A step in the story of a key, as people read it. */
export interface Transition {
  readonly key: string;
  /** `queued`, `started`, `done`, ... */
  readonly step: string;
  readonly detail: string;
  readonly trouble: boolean;
}

const TROUBLE = new Set(['failed', 'lost', 'recovered', 'rejected', 'exhausted', 'unreachable']);

/** The transition that a record tells of, if it tells of one. Looked-at-and-left-alone is none. */
export function transitionOf(record: LogRecord): Transition | undefined {
  const { event, key } = record;
  if (!event.startsWith('key.') || typeof key !== 'string' || event === 'key.deduplicated') return undefined;
  const step = event.slice('key.'.length);
  return { key, step, detail: detailOf(record), trouble: TROUBLE.has(step) };
}

function detailOf(record: LogRecord): string {
  const { attempt, waitedMs, runMs, error, delayMs, delaySeconds, priority } = record;
  const parts: string[] = [];
  if (typeof error === 'string' && error !== '') parts.push(JSON.stringify(error));
  if (typeof attempt === 'number') parts.push(`attempt ${attempt}`);
  if (typeof waitedMs === 'number') parts.push(`waited ${duration(waitedMs)}`);
  if (typeof runMs === 'number') parts.push(`ran ${duration(runMs)}`);
  if (typeof priority === 'number' && priority > 0) parts.push(`priority ${priority}`);
  const again = typeof delayMs === 'number' ? delayMs : typeof delaySeconds === 'number' ? delaySeconds * 1000 : 0;
  if (again > 0) parts.push(`not before ${duration(again)} from now`);
  return parts.join(', ');
}

/** Milliseconds for people: `12 ms`, `1.4 s`, `3 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
