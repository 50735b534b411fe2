import { type Answer, answered, refused } from './answer.ts';

export interface WireFieldMask {
  readonly paths: readonly string[];
}

/**
 * The resource with the masked fields taken from `update`. Paths are top-level fields in snake_case, as Google's emulator
 * has it; `mutable` lists those that may change, in camelCase.
 */
export function applyMask<T extends object>(
  current: T,
  update: T,
  mask: WireFieldMask | null,
  mutable: readonly (keyof T & string)[],
): Answer<T> {
  if (mask === null || mask.paths.length === 0) {
    return refused('INVALID_ARGUMENT', 'update_mask must be set and contain a path');
  }
  const result = { ...current };
  for (const path of mask.paths) {
    const camelCase = path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const field = mutable.find((name) => name === camelCase);
    if (field === undefined) {
      return refused(
        'INVALID_ARGUMENT',
        `update_mask names a field that is unknown or cannot be changed: path=${path}`,
      );
    }
    result[field] = update[field];
  }
  return answered(result);
}
