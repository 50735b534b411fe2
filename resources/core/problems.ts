import type { z } from 'zod';
import { accepted, type Parsed } from '../../queue/core/parsed.ts';

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly string[] };

/** Checks a value against a schema and tells every rule it breaks, as a sentence that begins with the field. */
export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const result = schema.safeParse(value);
  if (result.success) return accepted(result.data) as Parsed<T> & { ok: true };
  return { ok: false, problems: result.error.issues.flatMap((issue) => sentences(issue, value)) };
}

type Issue = z.core.$ZodIssue;

function sentences(issue: Issue, value: unknown): string[] {
  const field = issue.path.join('.') || 'value';
  const given = issue.path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step],
    value,
  );
  if (given === undefined && issue.code !== 'unrecognized_keys') return [`${field} is required`];
  switch (issue.code) {
    case 'invalid_value':
      return [`${field} must be one of: ${issue.values.map(String).join(' ')}`];
    case 'too_small':
      if (issue.origin === 'string' && given === '') return [`${field} is required`];
      return [`${field} must be at least ${issue.minimum}${unit(issue.origin)}`];
    case 'too_big':
      return [`${field} must be at most ${issue.maximum}${unit(issue.origin)}`];
    case 'invalid_type':
      return [`${field} must be ${article(issue.expected)}`];
    case 'unrecognized_keys': {
      const above = issue.path.length === 0 ? '' : `${field}.`;
      return issue.keys.map((key) => `${above}${key} is not a field`);
    }
    default:
      return [`${field} is not valid: ${issue.message}`];
  }
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'array' || origin === 'set' ? ' items long' : '';
}

function article(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
