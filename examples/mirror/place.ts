/** The two folders that are to be equal, as absolute paths. Neither lies inside the other. */
export interface Folders {
  readonly source: string;
  readonly target: string;
}

/**
 * Names of half-written copies, which lie in the root of the target until they are renamed into place. The name is reserved: no path
 * whose first segment begins with it is mirrored.
 */
export const TEMPORARY_PREFIX = '.levelset-mirror-';

export type Place =
  { readonly ok: true; readonly segments: readonly string[] } | { readonly ok: false; readonly problem: string };

/**
 * Takes a key apart into the segments of a relative path. Only the normal form is accepted, so that one path has one key and no key
 * leads out of the folder: no empty segment (so neither a leading nor a trailing slash), no "." and no "..".
 */
export function placeOf(key: string): Place {
  const segments = key.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'))) {
    return { ok: false, problem: `key is not a relative path in normal form: key=${JSON.stringify(key)}` };
  }
  if (segments[0]?.startsWith(TEMPORARY_PREFIX)) {
    return { ok: false, problem: `names that begin with ${TEMPORARY_PREFIX} are reserved: key=${JSON.stringify(key)}` };
  }
  return { ok: true, segments };
}
