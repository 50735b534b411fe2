import { applyPatch, type Operation } from 'rfc6902';
import { z } from 'zod';
import type { PatchType } from '../../resources/change.ts';
import { isRecord, mergePatch } from '../../resources/core/merge-patch.ts';
import { Refusal } from './failure.ts';

/** Kinds of patches by their media types. A body that calls itself a form is what `curl -d` sends when it is told nothing. */
const MEDIA = {
  '': 'merge',
  'application/x-www-form-urlencoded': 'merge',
  'application/json': 'merge',
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/shorthand-patch+json': 'shorthand',
} as const satisfies Record<string, PatchType>;

export const PATCH_TYPES = Object.keys(MEDIA).filter((type) => type.endsWith('json'));

const operations = z.array(
  z.object({
    op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
    path: z.string(),
    from: z.string().optional(),
    value: z.unknown().optional(),
  }),
);

export interface Patch {
  readonly type: PatchType;
  /** May be applied again, to a newer target. Throws a refusal with 422. */
  readonly apply: Apply;
}

type Apply = (target: Record<string, unknown>) => Record<string, unknown>;

/** The patch that a body is, by its media type. Throws a refusal with 415 or 422. */
export function parsePatch(contentType: string, body: unknown): Patch {
  const media = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (!Object.hasOwn(MEDIA, media)) {
    throw new Refusal(415, `patches of this type are not known: ${media}; known are: ${PATCH_TYPES.join(' ')}`);
  }
  const type = MEDIA[media as keyof typeof MEDIA];
  return { type, apply: applying(type, body) };
}

function applying(type: PatchType, body: unknown): Apply {
  switch (type) {
    case 'merge':
      return merging(object(body));
    case 'shorthand':
      return merging(spelledOut(object(body)));
    case 'json':
      return editing(body);
    default:
      return type satisfies never;
  }
}

function object(body: unknown): Record<string, unknown> {
  if (isRecord(body)) return body;
  throw new Refusal(422, 'the patch is not a JSON object');
}

function merging(patch: Record<string, unknown>): Apply {
  return (target) => mergePatch(target, patch) as Record<string, unknown>;
}

/** `{ "a.b": 1, "c": null }` is the merge patch `{ "a": { "b": 1 }, "c": null }`. */
function spelledOut(shorthand: Record<string, unknown>): Record<string, unknown> {
  let patch: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(shorthand)) {
    const nested = path.split('.').reduceRight<unknown>((inner, step) => Object.fromEntries([[step, inner]]), value);
    patch = deepMerged(patch, nested as Record<string, unknown>);
  }
  return patch;
}

/** As a merge patch would, but `null` stays. */
function deepMerged(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const merged = new Map(Object.entries(a));
  for (const [name, value] of Object.entries(b)) {
    const before = merged.get(name);
    merged.set(name, isRecord(before) && isRecord(value) ? deepMerged(before, value) : value);
  }
  return Object.fromEntries(merged);
}

function editing(body: unknown): Apply {
  const parsed = operations.safeParse(body);
  if (!parsed.success) {
    throw new Refusal(422, 'a JSON patch is an array of { op, path, value or from }, with the operations of RFC 6902');
  }
  const bad = parsed.data.find(({ path, from = '' }) =>
    /(^|\/)(__proto__|constructor|prototype)(\/|$)/.test(`${path}/${from}`),
  );
  if (bad) throw new Refusal(422, `the patch names what is no field: ${bad.path}`);
  return (target) => {
    const holder = { value: structuredClone(target) };
    // Below one more level, so that a patch of the whole (path "") has something to replace it in.
    const below = parsed.data.map(({ path, from, ...rest }) => ({
      ...rest,
      path: `/value${path}`,
      ...(from !== undefined && { from: `/value${from}` }),
    })) as Operation[];
    const failed = applyPatch(holder, below).find((error) => error !== null);
    if (failed) throw new Refusal(422, `the patch does not apply: ${failed.message.replaceAll('/value/', '/')}`);
    if (!isRecord(holder.value)) throw new Refusal(422, 'the patch leaves no JSON object');
    return holder.value;
  };
}

/** Fields that a patch took away, by their paths. */
export function removedFields(before: unknown, after: unknown, path = ''): string[] {
  if (!isRecord(before)) return [];
  return Object.entries(before).flatMap(([name, value]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (!isRecord(after)) return [at];
    return Object.hasOwn(after, name) ? removedFields(value, after[name], at) : [at];
  });
}
