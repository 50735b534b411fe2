import { META } from '../../../queue/core/layout.ts';
import type { Metadata, Pin, StoredObject } from '../../../queue/ports/object-store.ts';
import type { Operation } from './operation.ts';

/**
 * Generations by other names. All that a process may do with a generation is to compare it, so it makes no difference how one is
 * called: each process knows them as 1, 2, 3... in the order in which it met them. Two histories that differ in nothing but the
 * numbers drawn by the bucket are then one, and so are the states that they lead to.
 */
export type Rename = (generation: string) => string;

/** What a process calls the generations of the bucket: the n-th is the bucket's name for the process's `n`. */
export type Known = readonly string[];

export function meet(known: string[], generation: string): string {
  const at = known.indexOf(generation);
  return String(at >= 0 ? at + 1 : known.push(generation));
}

export function renameObject(object: StoredObject, rename: Rename): StoredObject {
  return { ...object, generation: rename(object.generation), metadata: renameMetadata(object.metadata, rename) };
}

/** An answer of the store, or of the reconciler, which names none. */
export function renameAnswer(answer: unknown, rename: Rename): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  if ('objects' in answer) {
    return { ...answer, objects: (answer.objects as StoredObject[]).map((object) => renameObject(object, rename)) };
  }
  if ('object' in answer) return { ...answer, object: renameObject(answer.object as StoredObject, rename) };
  if ('generation' in answer) return renameObject(answer as StoredObject, rename);
  return answer;
}

export function renameOperation<T extends Operation>(operation: T, rename: Rename): T {
  const each: Operation = operation;
  const pin = (of: Pin | 'absent' | 'any') =>
    typeof of === 'string' ? of : { ...of, generation: rename(of.generation) };
  switch (each.op) {
    case 'put':
      return { ...each, metadata: renameMetadata(each.metadata, rename), condition: pin(each.condition) } as T;
    case 'copy':
      return {
        ...each,
        metadata: renameMetadata(each.metadata, rename),
        source: pin(each.source),
        destination: pin(each.destination),
      } as T;
    case 'patch':
      return { ...each, changes: renameMetadata(each.changes, rename), pin: pin(each.pin) } as T;
    case 'delete':
      return { ...each, pin: pin(each.pin) } as T;
    case 'process':
      return { ...each, lease: rename(each.lease) } as T;
    case 'get':
    case 'list':
      return operation;
    default:
      return each satisfies never;
  }
}

/** Two values of metadata hold a generation: the lock in an owner, and the dead letter that a key was redriven from. */
export function renameMetadata<T extends Metadata | Readonly<Record<string, string | null>>>(
  metadata: T,
  rename: Rename,
): T {
  const owner = metadata[META.owner];
  const letter = metadata[META.redriveOf];
  if (!owner && !letter) return metadata;
  const renamed: Record<string, string | null> = { ...metadata };
  if (owner) {
    const slash = owner.indexOf('/');
    renamed[META.owner] = owner.slice(0, slash + 1) + rename(owner.slice(slash + 1));
  }
  if (letter) renamed[META.redriveOf] = rename(letter);
  return renamed as T;
}
