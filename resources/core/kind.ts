import { z } from 'zod';
import type { Resource, StatusBase } from './resource.ts';

const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
const PREFIX = /^[a-z0-9]{1,20}$/;
const PLURAL = /^[a-z0-9-]{1,63}$/;

/** Paths of the API that no kind may take. */
const TAKEN = new Set(['health', 'docs', 'events', 'openapi']);
/** Not a kind: keys of this name resync one. */
export const RESYNC = 'Resync';

export interface KindOptions<S extends z.ZodObject, T extends z.ZodObject> {
  readonly kind: string;
  /** First part of every UID: a-z and 0-9. */
  readonly prefix: string;
  /** Path of the collection. Default: the kind in lower case, with an `s` unless it ends in one. */
  readonly plural?: string;
  readonly description?: string;
  /** Unknown fields are refused. */
  readonly spec: S;
  /** What the status has besides `conditions` and `observedGeneration`. Its defaults make the first status. */
  readonly status?: T;
  /** Values of the spec that resources of this kind are looked up by, by their names. */
  readonly index?: Readonly<Record<string, (spec: z.output<S>) => string | undefined>>;
  /** Whether every version of the spec is kept. Default: false. */
  readonly history?: boolean;
}

/** A registered kind of resource. */
export interface Kind<Spec = unknown, SpecInput = unknown, Status = unknown> {
  readonly name: string;
  readonly prefix: string;
  readonly plural: string;
  readonly description: string;
  readonly history: boolean;
  readonly specSchema: z.ZodObject;
  readonly statusSchema: z.ZodObject;
  /** What resources of this kind can be looked up by. */
  readonly indexNames: readonly string[];
  /** The values that a resource is looked up by. */
  indexOf(spec: unknown): Readonly<Record<string, string | undefined>>;
  /** Never there: it carries the types. */
  readonly types?: { readonly spec: Spec; readonly input: SpecInput; readonly status: Status };
}

export type SpecOf<K extends Kind> = NonNullable<K['types']>['spec'];
export type SpecInputOf<K extends Kind> = NonNullable<K['types']>['input'];
export type StatusOf<K extends Kind> = NonNullable<K['types']>['status'] & StatusBase;
export type ResourceOf<K extends Kind> = Resource<SpecOf<K>, NonNullable<K['types']>['status']>;

const condition = z.strictObject({
  type: z.string().min(1),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.iso.datetime({ offset: true }),
  observedGeneration: z.int().optional(),
});

/** Defines a kind. Throws where a name breaks a rule. */
export function defineKind<S extends z.ZodObject, T extends z.ZodObject = z.ZodObject>(
  options: KindOptions<S, T>,
): Kind<z.output<S>, z.input<S>, z.output<T>> {
  const { kind, prefix, description = '', spec, index = {}, history = false } = options;
  const lower = kind.toLowerCase();
  const plural = options.plural ?? (lower.endsWith('s') ? lower : `${lower}s`);
  require(KIND.test(kind) && kind !== RESYNC, `a kind is a capital and letters or digits, and not ${RESYNC}`, kind);
  require(PREFIX.test(prefix), 'a prefix of UIDs is 1 to 20 of a-z and 0-9', prefix);
  require(PLURAL.test(plural) &&
    !TAKEN.has(plural), `a plural is a path of its own: [a-z0-9-], not ${[...TAKEN].join(' ')}`, plural);
  const taken = ['name', 'labels', 'annotations'].filter((field) => field in spec.shape);
  require(taken.length === 0, 'a spec may not have fields that the API knows otherwise', taken.join(' '));
  const status = options.status ?? z.object({});
  return Object.freeze({
    name: kind,
    prefix,
    plural,
    description,
    history,
    specSchema: spec.strict(),
    statusSchema: status
      .extend({ conditions: z.array(condition).optional(), observedGeneration: z.int().optional() })
      .strict(),
    indexNames: Object.keys(index),
    indexOf: (given: unknown) =>
      Object.fromEntries(Object.entries(index).map(([name, valueOf]) => [name, valueOf(given as z.output<S>)])),
  });
}

/** All kinds of one store. */
export interface KindSet {
  readonly all: readonly Kind[];
  byName(name: string): Kind | undefined;
  byPrefix(prefix: string): Kind | undefined;
}

/** Throws where two kinds share a name, a prefix or a path. */
export function kindSet(kinds: readonly Kind[]): KindSet {
  for (const field of ['name', 'prefix', 'plural'] as const) {
    const seen = new Set<string>();
    for (const kind of kinds) {
      require(!seen.has(kind[field]), `two kinds may not share a ${field}`, kind[field]);
      seen.add(kind[field]);
    }
  }
  const names = new Map(kinds.map((kind) => [kind.name, kind]));
  const prefixes = new Map(kinds.map((kind) => [kind.prefix, kind]));
  return { all: [...kinds], byName: (name) => names.get(name), byPrefix: (prefix) => prefixes.get(prefix) };
}

function require(holds: boolean, rule: string, value: string): void {
  if (!holds) throw new Error(`${rule}: ${JSON.stringify(value)}`);
}
