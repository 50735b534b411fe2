import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** Steps into a JSON value: member names, and indices of lists. */
export type JsonPath = readonly (string | number)[];

/** `.name`, `[0]`, `['any name']` or `["any name"]`. */
const STEP = /^(?:\.([A-Za-z_][\w-]*)|\[(\d{1,9})\]|\['([^']*)'\]|\["([^"]*)"\])/;

/** Reads a path such as `$.a.b[0]['c d']`. There are no wildcards, filters or slices: a path leads to one value. */
export function parseJsonPath(text: string): Parsed<JsonPath> {
  const path: (string | number)[] = [];
  let rest = text.startsWith('$') ? text.slice(1) : undefined;
  while (rest !== undefined && rest !== '') {
    const step = STEP.exec(rest);
    if (!step) rest = undefined;
    else {
      const [all, member, index, single, double] = step;
      path.push(index === undefined ? (member ?? single ?? double ?? '') : Number(index));
      rest = rest.slice(all.length);
    }
  }
  if (rest === '') return accepted(path);
  return refused(`JSON path must be $ followed by .name, [0] or ['name']: path=${JSON.stringify(text)}`);
}

/** The value at the path, or `undefined` where it leads nowhere. */
export function valueAt(path: JsonPath, value: unknown): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    if (Array.isArray(at) !== (typeof step === 'number') || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}
