import { accepted, type Parsed, refused } from '../../queue/core/parsed.ts';

/** Labels lie in the object's custom metadata, which holds 8 KiB in all. */
const MAX_LABELS_BYTES = 4096;
const KEY = /^[A-Za-z0-9]([A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** Every rule that labels break. */
export function problemsOfLabels(labels: Readonly<Record<string, string>> = {}): string[] {
  const problems = Object.entries(labels).flatMap(([key, value]) => [
    ...(KEY.test(key) ? [] : [`labels: a key is letters, digits and ._/- : key=${JSON.stringify(key)}`]),
    ...(VALUE.test(value)
      ? []
      : [`labels.${key} must be at most 63 letters, digits and ._- : ${JSON.stringify(value)}`]),
  ]);
  const bytes = Buffer.byteLength(JSON.stringify(labels));
  if (bytes > MAX_LABELS_BYTES) problems.push(`labels must be at most ${MAX_LABELS_BYTES} bytes: bytes=${bytes}`);
  return problems;
}

/** What one label must be: an equal value, another value than this (or none), any value (`exists`), or none. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: '=' | '!=' | 'exists' | 'absent';
  readonly value: string;
}
/** All of these. */
export type LabelSelector = readonly LabelRequirement[];

/** Parses `a=b,c!=d,e,!f`, as Kubernetes writes selectors; sets are not known. */
export function parseLabelSelector(text: string): Parsed<LabelSelector> {
  const selector: LabelRequirement[] = [];
  for (const term of text.split(',').map((each) => each.trim())) {
    const [, not = '', key = '', operator, value = ''] = /^(!?)([^=!]+)(==?|!=)?(.*)$/.exec(term) ?? [];
    const wrong = !KEY.test(key) || (not !== '' && operator !== undefined) || !VALUE.test(value);
    if (wrong) {
      return refused(
        `a label selector is terms like a=b, a!=b, a and !a with commas in between: term=${JSON.stringify(term)}`,
      );
    }
    if (operator === undefined) selector.push({ key, operator: not === '' ? 'exists' : 'absent', value });
    else selector.push({ key, operator: operator === '!=' ? '!=' : '=', value });
  }
  return accepted(selector);
}

export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> = {}): boolean {
  return selector.every(({ key, operator, value: wanted }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case '=':
        return value === wanted;
      case '!=':
        return value !== wanted;
      case 'exists':
        return value !== undefined;
      case 'absent':
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}
