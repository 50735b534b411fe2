import { ABSENT, type Pin } from '../ports/object-store.ts';

/** The preconditions of one request on one object, named as the JSON API names them. Generation `0` = there is no object. */
export interface Conditions {
  readonly ifGenerationMatch?: string;
  readonly ifGenerationNotMatch?: string;
  readonly ifMetagenerationMatch?: string;
  readonly ifMetagenerationNotMatch?: string;
}

export type ConditionName = keyof Conditions;

/** The first condition that does not hold of `object` (`undefined` = there is none), or `undefined` when all hold. */
export function unmet(
  conditions: Conditions,
  object: { readonly generation: string; readonly metageneration: string } | undefined,
): ConditionName | undefined {
  const generation = object?.generation ?? '0';
  const metageneration = object?.metageneration ?? '0';
  const { ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch } = conditions;
  if (ifGenerationMatch !== undefined && ifGenerationMatch !== generation) return 'ifGenerationMatch';
  // "If no live object exists, the precondition fails": JSON API, Objects: insert.
  const noneNotToMatch = object === undefined || ifGenerationNotMatch === generation;
  if (ifGenerationNotMatch !== undefined && noneNotToMatch) return 'ifGenerationNotMatch';
  if (ifMetagenerationMatch !== undefined && ifMetagenerationMatch !== metageneration) return 'ifMetagenerationMatch';
  if (ifMetagenerationNotMatch !== undefined && ifMetagenerationNotMatch === metageneration) {
    return 'ifMetagenerationNotMatch';
  }
  return undefined;
}

/** A pin of the queue in the words of the store. */
export function conditionsOf(pin: Pin | typeof ABSENT): Conditions {
  if (pin === ABSENT) return { ifGenerationMatch: '0' };
  if (pin.metageneration === undefined) return { ifGenerationMatch: pin.generation };
  return { ifGenerationMatch: pin.generation, ifMetagenerationMatch: pin.metageneration };
}
