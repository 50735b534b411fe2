import { isDeepStrictEqual } from 'node:util';

/** Applies a JSON merge patch (RFC 7396) and gives a new value: `null` removes, objects merge, all else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = new Map(isRecord(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/** The merge patch that makes `after` of `before`, or `undefined` where they are equal. Values that are `undefined` count as absent. */
export function mergePatchBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const patch: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [own(before, name), own(after, name)];
    if (isDeepStrictEqual(was, is)) continue;
    if (is === undefined) patch.push([name, null]);
    else patch.push([name, isRecord(was) && isRecord(is) ? mergePatchBetween(was, is) : is]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}

/** Not what every object inherits. */
function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
