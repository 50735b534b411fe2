import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** The fields a value may have. `ANY`: a map with keys of the user's choice, or a scalar. */
export type Shape = typeof ANY | { readonly [field: string]: Shape };
export const ANY = 'any';

/** Which fields of a value to keep; `'all'` keeps the value as it is. */
export type Selection = 'all' | ReadonlyMap<string, Selection>;

type Refused = ReturnType<typeof refused>;

const MAX_DEPTH = 16;

/**
 * Parses a partial-response selector: `items(name,metadata/priority),nextPageToken`; `*` stands for every field. As the real one
 * does, it refuses a field that the answer can never have, so that a typing error does not pass here and fail there.
 */
export function parseFields(text: string, shape: Shape): Parsed<Selection> {
  // Commas, slashes and parentheses by themselves, everything between them as a name.
  const tokens = text.match(/[,/()]|[^,/()]+/g) ?? [];
  let at = 0;
  const wrong = () => refused(`Invalid field selection ${text}`);

  function list(shape: Shape, depth: number): Parsed<Selection> {
    const selected = new Map<string, Selection>();
    for (;;) {
      const problem = path(selected, shape, depth);
      if (problem) return problem;
      if (tokens[at] !== ',') return accepted(selected);
      at++;
    }
  }

  /** Reads `name`, `name/...` or `name(...)` into `selected`. */
  function path(selected: Map<string, Selection>, shape: Shape, depth: number): Refused | undefined {
    const name = tokens[at++]?.trim();
    if (!name || /^[,/()]$/.test(name) || depth > MAX_DEPTH) return wrong();
    const inner = name === '*' ? union(shape) : shape === ANY ? ANY : shape[name];
    if (inner === undefined) return refused(`Invalid field selection ${name}`);
    let below: Selection = 'all';
    if (tokens[at] === '/') {
      at++;
      const one = new Map<string, Selection>();
      const problem = path(one, inner, depth + 1);
      if (problem) return problem;
      below = one;
    } else if (tokens[at] === '(') {
      at++;
      const inside = list(inner, depth + 1);
      if (!inside.ok) return inside;
      below = inside.value;
      if (tokens[at++] !== ')') return wrong();
    }
    selected.set(name, merge(selected.get(name), below));
    return undefined;
  }

  const parsed = list(shape, 0);
  return parsed.ok && at < tokens.length ? wrong() : parsed;
}

/** What is asked of the field `name` of a selected value. Of nothing, an empty selection. */
export function within(selection: Selection, name: string): Selection {
  return selection === 'all' ? 'all' : (merge(selection.get('*'), selection.get(name)) ?? new Map<string, Selection>());
}

/** Keeps what `selection` names. Arrays are looked through; what a value does not have is left out. */
export function select(value: unknown, selection: Selection): unknown {
  if (selection === 'all') return value;
  if (Array.isArray(value)) return value.map((entry: unknown) => select(entry, selection));
  if (typeof value !== 'object' || value === null) return value;
  const every = selection.get('*');
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const below = merge(every, selection.get(name));
    if (below === undefined) continue;
    const chosen = select((value as Record<string, unknown>)[name], below);
    if (!isHollow(chosen, below)) kept[name] = chosen;
  }
  return kept;
}

/** Nothing of what was asked for is in it: the real one leaves the whole out. */
function isHollow(value: unknown, selection: Selection): boolean {
  if (selection === 'all') return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

function merge(a: Selection | undefined, b: Selection): Selection;
function merge(a: Selection | undefined, b: Selection | undefined): Selection | undefined;
function merge(a: Selection | undefined, b: Selection | undefined): Selection | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a === 'all' || b === 'all') return 'all';
  const merged = new Map(a);
  for (const [name, selection] of b) merged.set(name, merge(merged.get(name), selection));
  return merged;
}

/** What may stand below `*`: any field of any of the fields. */
function union(shape: Shape): Shape {
  if (shape === ANY) return ANY;
  const inner = Object.values(shape).filter((field) => field !== ANY);
  return inner.length === Object.values(shape).length ? (Object.assign({}, ...inner) as Shape) : ANY;
}
