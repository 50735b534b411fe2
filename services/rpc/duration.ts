import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** A span of time: a number of milliseconds, or a number with its unit such as `'30s'`, `'5m'`, `'1.5h'`. */
export type Duration = number | `${number}${Unit}`;

type Unit = keyof typeof UNIT_MS;

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const WRITTEN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds, not negative. Takes any string, because not every caller is type-checked. */
export function parseDuration(duration: number | string): Parsed<number> {
  const ms = typeof duration === 'number' ? duration : writtenMs(duration);
  if (Number.isFinite(ms) && ms >= 0) return accepted(ms);
  return refused(
    `a duration is milliseconds as a number from 0, or a number with one of ms, s, m, h, d: duration=${JSON.stringify(duration)}`,
  );
}

/** Delays are whole seconds on the wire: rounded up, so that nothing is called early. */
export function ceilSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

function writtenMs(text: string): number {
  const [, number, unit] = WRITTEN.exec(text) ?? [];
  return number === undefined || unit === undefined ? Number.NaN : Number(number) * UNIT_MS[unit as Unit];
}
