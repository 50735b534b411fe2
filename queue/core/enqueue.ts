import { type Key, parseKey } from './key.ts';
import { accepted, type Parsed, refused } from './parsed.ts';

/** A valid wish that a key be processed. */
export interface Enqueue {
  readonly key: Key;
  /** 0 to 99,999,999; a higher one starts first. */
  readonly priority: number;
  /** Whole seconds, 0 to a year: not to be started before then. */
  readonly delaySeconds: number;
}

/** A wish as it comes in at a door, unchecked. */
export interface EnqueueInput {
  readonly key: string;
  readonly priority?: number | bigint | undefined;
  readonly delaySeconds?: number | bigint | undefined;
}

/** Eight digits, as `priority` is written. */
export const MAX_PRIORITY = 99_999_999;
/** A year. */
export const MAX_DELAY_SECONDS = 31_536_000;

export function parseEnqueue(input: EnqueueInput): Parsed<Enqueue> {
  const key = parseKey(input.key);
  if (!key.ok) return key;
  const priority = wholeNumber('priority', input.priority ?? 0, MAX_PRIORITY);
  if (!priority.ok) return priority;
  const delay = wholeNumber('delay_seconds', input.delaySeconds ?? 0, MAX_DELAY_SECONDS);
  if (!delay.ok) return delay;
  return accepted({ key: key.value, priority: priority.value, delaySeconds: delay.value });
}

function wholeNumber(name: string, value: number | bigint, max: number): Parsed<number> {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= max) return accepted(number);
  return refused(`${name} must be a whole number from 0 to ${max}: ${name}=${value}`);
}
