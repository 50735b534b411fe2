import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';
import { RESYNC } from './kind.ts';
import { prefixOfUid } from './uid.ts';

/** What a key of the queue names here. It never holds a reason: why a resource is looked at does not matter. */
export type Target =
  | { readonly what: 'resource'; readonly kind: string; readonly uid: string }
  /** All resources of a kind, from behind a UID on. */
  | { readonly what: 'resync'; readonly kind: string; readonly after?: string };

/** The key of a resource: `Kind/uid`. */
export function keyOf(kind: string, uid: string): string {
  return `${kind}/${uid}`;
}

/** The key under which all resources of a kind are looked at again: `Resync/Kind`, or `Resync/Kind/uid` for the rest behind it. */
export function resyncKey(kind: string, after?: string): string {
  return after === undefined ? `${RESYNC}/${kind}` : `${RESYNC}/${kind}/${after}`;
}

export function parseTarget(key: string): Parsed<Target> {
  const [first = '', second = '', third, surplus] = key.split('/');
  if (first === RESYNC && second !== '' && surplus === undefined) {
    if (third === undefined) return accepted({ what: 'resync', kind: second });
    if (prefixOfUid(third) !== undefined) return accepted({ what: 'resync', kind: second, after: third });
  }
  if (first !== '' && prefixOfUid(second) !== undefined && third === undefined) {
    return accepted({ what: 'resource', kind: first, uid: second });
  }
  return refused(`key is not of the form Kind/uid: key=${JSON.stringify(key)}`);
}
