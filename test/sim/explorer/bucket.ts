import { META } from '../../../queue/core/layout.ts';
import type { Metadata, MetadataPatch, Pin, StoredObject } from '../../../queue/ports/object-store.ts';
import { conditionsOf, unmet } from '../../../queue/stores/conditions.ts';
import type { StoreOperation } from './operation.ts';

/** All objects, sorted by name. Never changed: an operation gives another one, so that a state can be kept for nothing. */
export type Objects = readonly StoredObject[];

export interface Effect {
  readonly objects: Objects;
  /** What the port answers, but for `unknown`. */
  readonly answer: unknown;
  /** Whether the bucket was changed. */
  readonly applied: boolean;
}

/** Times that no decision of these worlds rests on are not kept: when they were written would otherwise tell states apart. */
const UNREAD: ReadonlySet<string> = new Set([META.leaseExpiration, META.lastAttempted]);

const LOST = { kind: 'lost' };
const MISSING = { kind: 'missing' };

/**
 * Carries out one request by the laws of the bucket. `explore.test.ts` proves that these are the laws of `queue/stores/bucket.ts`,
 * with one exception: a patch that changes no value leaves the metageneration as it is. Cloud Storage does not document that it
 * counts, so the worse of both is assumed.
 *
 * `generation` is what a write that makes a new version is given.
 */
export function carryOut(objects: Objects, operation: StoreOperation, generation: string): Effect {
  switch (operation.op) {
    case 'get':
      return { objects, answer: find(objects, operation.name), applied: false };
    case 'list': {
      const { prefix = '', startOffset = '' } = operation.query;
      const found = objects.filter(({ name }) => name.startsWith(prefix) && name >= startOffset);
      return { objects, answer: { objects: found }, applied: false };
    }
    case 'put': {
      const { name, metadata, condition } = operation;
      if (!meets(find(objects, name), condition)) return refuse(objects, LOST);
      return write(objects, { name, generation, metageneration: '1', metadata: kept(metadata) });
    }
    case 'copy': {
      const source = find(objects, operation.from);
      if (!source) return refuse(objects, MISSING);
      const { to, metadata, destination } = operation;
      if (!meets(source, operation.source) || !meets(find(objects, to), destination)) return refuse(objects, LOST);
      return write(objects, { name: to, generation, metageneration: '1', metadata: kept(metadata) });
    }
    case 'patch': {
      const current = find(objects, operation.name);
      if (!current) return refuse(objects, MISSING);
      if (!meets(current, operation.pin)) return refuse(objects, LOST);
      return amend(objects, current, operation.changes);
    }
    case 'delete': {
      const current = find(objects, operation.name);
      if (!current) return refuse(objects, MISSING);
      if (!meets(current, operation.pin)) return refuse(objects, LOST);
      return { objects: objects.filter((object) => object !== current), answer: { kind: 'ok' }, applied: true };
    }
    default:
      return operation satisfies never;
  }
}

export function find(objects: Objects, name: string): StoredObject | undefined {
  return objects.find((object) => object.name === name);
}

function meets(object: StoredObject | undefined, pin: Pin | 'absent' | 'any'): boolean {
  return pin === 'any' || unmet(conditionsOf(pin), object) === undefined;
}

function refuse(objects: Objects, answer: unknown): Effect {
  return { objects, answer, applied: false };
}

function write(objects: Objects, object: StoredObject): Effect {
  const others = objects.filter(({ name }) => name !== object.name);
  const at = others.findIndex(({ name }) => name > object.name);
  others.splice(at < 0 ? others.length : at, 0, object);
  return { objects: others, answer: { kind: 'ok', object }, applied: true };
}

function amend(objects: Objects, current: StoredObject, changes: MetadataPatch): Effect {
  const metadata = merged(current.metadata, changes);
  // `bump` is always drawn anew, so a patch that sets it always changes something. Its value is left out, for it says nothing.
  const changed = typeof changes[META.bump] === 'string' || !same(metadata, current.metadata);
  if (!changed) return { objects, answer: { kind: 'ok', object: current }, applied: false };
  return write(objects, { ...current, metageneration: String(Number(current.metageneration) + 1), metadata });
}

function kept(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !UNREAD.has(name)));
}

function merged(base: Metadata, changes: MetadataPatch): Metadata {
  const metadata = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(changes)) {
    if (name === META.bump || UNREAD.has(name)) continue;
    if (value === null) metadata.delete(name);
    else metadata.set(name, value);
  }
  return Object.fromEntries(metadata);
}

function same(a: Metadata, b: Metadata): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
