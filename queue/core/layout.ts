import { type Key, parseKey } from './key.ts';
import { type Parsed, refused } from './parsed.ts';

/** Where things lie in the bucket. In order of their bytes, so that one listing from `control/` meets them in this order. */
export const PREFIX = {
  audit: 'audit/',
  control: 'control/',
  deadLetter: 'dead-letter/',
  dispatchers: 'dispatchers/',
  inProgress: 'in-progress/',
  queued: 'queued/',
} as const;

export const PAUSE_OBJECT = `${PREFIX.control}pause`;

export const queuedName = (key: Key): string => PREFIX.queued + key;
export const inProgressName = (key: Key): string => PREFIX.inProgress + key;
export const deadLetterName = (key: Key): string => PREFIX.deadLetter + key;
export const lockName = (region: string): string => PREFIX.dispatchers + region;

/** The key in an object's name. Whatever others put into the bucket under our prefixes may not be one. */
export function keyOf(name: string, prefix: string): Parsed<Key> {
  if (!name.startsWith(prefix)) return refused(`object name is not below ${prefix}: name=${JSON.stringify(name)}`);
  const key = parseKey(name.slice(prefix.length));
  return key.ok ? key : refused(`object name is not a key: name=${JSON.stringify(name)}: ${key.problem}`);
}

/** Names of the custom metadata. Those marked ours are unknown to Go services of the protocol, which keep or drop them. */
export const META = {
  priority: 'priority',
  notBefore: 'not-before',
  floor: 'not-before-floor',
  attempts: 'attempts',
  lastAttempted: 'last-attempted',
  leaseExpiration: 'lease-expiration',
  owner: 'owner',
  failedTime: 'failed-time',
  /** Ours, as all below. */
  fence: 'fence',
  recoveries: 'recoveries',
  redriveOf: 'redrive-of',
  redriven: 'redriven',
  firstQueued: 'first-queued',
  lastError: 'last-error',
  cause: 'cause',
  traceparent: 'traceparent',
  /** A value that only has to differ from the one before, where a write must be seen as a write. */
  bump: 'bump',
} as const;
