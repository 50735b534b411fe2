import type { z } from 'zod';
import { problemsBetween } from './rules.ts';
import { type Infra, infraSchema } from './schema.ts';

export type ParsedInfra =
  | { readonly ok: true; readonly infra: Infra }
  /** A sentence for each. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a config and tells all that is wrong with it. Values are shown, since a config holds no secrets: it names them. */
export function parseInfra(settings: unknown): ParsedInfra {
  const parsed = infraSchema.safeParse(settings);
  const known = typeof settings === 'object' && settings !== null ? settings : {};
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => sentence(issue, settings)),
    ...problemsBetween(known),
  ];
  return parsed.success && problems.length === 0 ? { ok: true, infra: parsed.data } : { ok: false, problems };
}

function sentence(issue: z.core.$ZodIssue, settings: unknown): string {
  const name = nameOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${name || 'the config'} has no setting ${key}`).join('; ');
  }
  const value = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    settings,
  );
  if (value === undefined) return name === '' ? 'there is no config' : `${name} is missing`;
  if (issue.code === 'invalid_type' && issue.expected === 'object') return `${name || 'the config'} must be an object`;
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const shown = typeof value === 'object' ? '' : `: it is ${JSON.stringify(value)}`;
  return `${name || 'the config'} ${message}${shown}`;
}

function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
