import type { Context } from 'hono';
import type { Kind } from '../../resources/core/kind.ts';
import type { Resource } from '../../resources/core/resource.ts';
import type { ResourceStore } from '../../resources/store.ts';
import { Refusal } from './failure.ts';

export function etagOf({ metadata }: Resource): string {
  return `"${metadata.resourceVersion}"`;
}

/** The version that If-Match asks for; `undefined`: any. Of several the one that is there counts. Throws a refusal with 400, 404 or 412. */
export async function wantedVersion(
  context: Context,
  store: ResourceStore,
  kind: Kind,
  uid: string,
): Promise<string | undefined> {
  const header = context.req.header('if-match');
  if (header === undefined || header.trim() === '*') return undefined;
  const versions = header.split(',').map((tag) => /^\s*"([^"]*)"\s*$/.exec(tag)?.[1]);
  if (versions.some((version) => version === undefined)) {
    // A weak tag never matches a write (RFC 9110 §13.1.1); anything else is no tag at all.
    if (/^\s*W\//.test(header)) throw new Refusal(412, 'a weak tag does not do for If-Match');
    throw new Refusal(400, `If-Match is not a list of tags in quotes: ${header}`);
  }
  if (versions.length === 1) return versions[0];
  const { metadata } = await store.get(kind, uid);
  if (!versions.includes(metadata.resourceVersion)) throw new Refusal(412, `${kind.name} ${uid} has changed`);
  return metadata.resourceVersion;
}

/** Whether the caller has this version already. */
export function isKnown(context: Context, resource: Resource): boolean {
  const header = context.req.header('if-none-match');
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etagOf(resource));
}
