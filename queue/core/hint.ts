import { type Key, parseKey } from './key.ts';
import { accepted, type Parsed, refused } from './parsed.ts';

/**
 * Says that a key was queued, with the entry as the write left it, so that a dispatcher need not read it. Advisory: a hint that
 * is late, lost, doubled or wrong costs a request or a wait for the next sweep, never a key.
 */
export interface Hint {
  readonly key: Key;
  readonly generation: string;
  readonly metageneration: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The longest that a dispatcher goes without a sweep of a queue that does not fit a page, as long as nothing says that hints get
 * lost. Keys that are due sooner are hinted of.
 */
export const FULL_SWEEP_MS = 600_000;

/** Attributes of the messages on the hint topic, which subscriptions filter on. */
export const HINT_ATTRIBUTES = {
  /** One of {@link HINT_KIND}. */
  kind: 'kind',
  /** A hint's preferred region, a wake message's own; absent on ticks, which go to all. */
  region: 'region',
} as const;

export const HINT_KIND = {
  /** This key was queued. */
  hint: 'hint',
  /** Sweep now; once a minute, from the scheduler. */
  tick: 'tick',
  /** A dispatcher to itself: go on holding a request open. */
  wake: 'wake',
} as const;

/** A message on the hint topic. */
export interface HintMessage {
  readonly attributes: Readonly<Record<string, string>>;
  readonly data: string;
}

/** What a region's push subscription lets through: its own hints and wake messages, and all ticks. */
export function subscriptionFilter(region: string): string {
  return `attributes.${HINT_ATTRIBUTES.region} = "${region}" OR attributes.${HINT_ATTRIBUTES.kind} = "${HINT_KIND.tick}"`;
}

export function hintMessage(hint: Hint, region: string): HintMessage {
  const { key, generation, metageneration, metadata } = hint;
  return {
    attributes: { [HINT_ATTRIBUTES.kind]: HINT_KIND.hint, [HINT_ATTRIBUTES.region]: region },
    data: JSON.stringify({ key, generation, metageneration, metadata }),
  };
}

export const tickMessage: HintMessage = { attributes: { [HINT_ATTRIBUTES.kind]: HINT_KIND.tick }, data: '' };

export function wakeMessage(region: string): HintMessage {
  return { attributes: { [HINT_ATTRIBUTES.kind]: HINT_KIND.wake, [HINT_ATTRIBUTES.region]: region }, data: '' };
}

export function parseHint(data: string): Parsed<Hint> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return refused('hint is not JSON');
  }
  if (typeof value !== 'object' || value === null) return refused('hint is not a JSON object');
  const { key, generation, metageneration, metadata } = value as Record<string, unknown>;
  if (typeof key !== 'string') return refused('hint has no key');
  const parsed = parseKey(key);
  if (!parsed.ok) return parsed;
  if (!isGeneration(generation) || !isGeneration(metageneration)) {
    return refused('hint has no generation and metageneration in decimal digits');
  }
  if (!isMetadata(metadata)) return refused('hint has no metadata of strings');
  return accepted({ key: parsed.value, generation, metageneration, metadata });
}

function isGeneration(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,20}$/.test(value);
}

function isMetadata(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item === 'string')
  );
}
