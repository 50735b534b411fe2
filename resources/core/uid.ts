import { createHash } from 'node:crypto';

/** Hex digits of a UID: 8, and more only where two owners would share one. */
export const UID_DIGITS = [8, 12, 16] as const;

const UID = /^([a-z0-9]+)-((?:[0-9a-f]{4}){2,4})$/;

/** The prefix of a UID, or `undefined` if it is none. */
export function prefixOfUid(uid: string): string | undefined {
  return UID.exec(uid)?.[1];
}

/** A UID drawn by chance. `chance` is a string that no one else draws. */
export function randomUid(prefix: string, chance: string): string {
  return `${prefix}-${hex(chance, UID_DIGITS[0])}`;
}

/**
 * The UID of a child: the same parent, kind and index always give the same, so that making a child twice makes one. More digits are
 * for the case that the shorter UID belongs to somebody else.
 */
export function childUid(prefix: string, parentUid: string, kind: string, index: number, digits: number): string {
  return `${prefix}-${hex(`${parentUid}|${kind}|${index}`, digits)}`;
}

/** The id of an event: `evt-` and 12 hex. */
export function eventId(chance: string): string {
  return `evt-${hex(chance, 12)}`;
}

function hex(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
