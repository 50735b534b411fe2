/** Where things lie in the bucket of the resources. */
export const RESOURCES = 'resources/';
const OWNERS = 'owners/';
const HISTORY = 'history/';

export const kindPrefix = (kind: string): string => `${RESOURCES}${kind}/`;
export const resourceName = (kind: string, uid: string): string => `${kindPrefix(kind)}${uid}.json`;

/** One empty object for each owned resource: what an owner has is found without a look at everybody else's. */
export const ownedPrefix = (ownerUid: string): string => `${OWNERS}${ownerUid}/`;
export const ownedName = (ownerUid: string, kind: string, uid: string): string =>
  `${ownedPrefix(ownerUid)}${kind}/${uid}`;

export const historyPrefix = (kind: string, uid: string): string => `${HISTORY}${kind}/${uid}/`;
/** In order of the generations. */
export const historyName = (kind: string, uid: string, generation: number): string =>
  `${historyPrefix(kind, uid)}${String(generation).padStart(10, '0')}.json`;

/** Names of the custom metadata that resources are selected by. */
export const ATTRIBUTE = { labels: 'labels', index: 'index' } as const;

/** `Kind` and uid in the name of an entry below {@link ownedPrefix}. */
export function ownedIn(name: string): { readonly kind: string; readonly uid: string } | undefined {
  const [, , kind, uid, surplus] = name.split('/');
  return kind && uid && surplus === undefined ? { kind, uid } : undefined;
}

/** The uid in the name of a resource. */
export function uidIn(name: string): string | undefined {
  return /\/([^/]+)\.json$/.exec(name)?.[1];
}
