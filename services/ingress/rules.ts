import { z } from 'zod';
import { MAX_DELAY_SECONDS, MAX_PRIORITY } from '../../queue/core/enqueue.ts';
import type { Parsed } from '../../queue/core/parsed.ts';
import { parsePlace, type Place } from './place.ts';
import { parseTemplate } from './template.ts';

/** What an event must have at a place for a rule to be about it. */
export type Condition = { readonly equals: string } | { readonly prefix: string } | { readonly present: boolean };

/** Which events are about a key, and which one. */
export interface Rule {
  readonly name: string;
  /** All have to hold. */
  readonly conditions: readonly { readonly place: Place; readonly condition: Condition }[];
  readonly key: Place;
  readonly priority: number;
  readonly delaySeconds: number;
}

const MOST_RULES = 100;

const condition = z.union(
  [
    z.strictObject({ equals: z.string() }),
    z.strictObject({ prefix: z.string().min(1) }),
    z.strictObject({ present: z.boolean() }),
  ],
  'must be one of {"equals": TEXT}, {"prefix": TEXT} (not empty) and {"present": true or false}',
);

const whole = (most: number) => {
  const rule = `must be a whole number from 0 to ${most}`;
  return z.int(rule).min(0, rule).max(most, rule);
};

const place = z.string().transform((text, context) => taken(parsePlace(text), context));

/** Names of places are checked with their rule: a record's keys cannot be transformed. */
const match = z.record(z.string(), condition).transform((conditions, context) =>
  Object.entries(conditions).map(([name, wanted]) => ({
    place: taken(parsePlace(name), context),
    condition: wanted,
  })),
);

const key = z
  .strictObject({ from: place.optional(), template: z.string().optional() })
  .transform(({ from, template }, context): Place => {
    if (template !== undefined) return taken(parseTemplate(template, from), context);
    if (from) return from;
    context.addIssue({ code: 'custom', message: 'must have from, template or both' });
    return z.NEVER;
  });

const rule = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be a name of [a-z0-9-]'),
    match: match.default([]),
    key,
    priority: whole(MAX_PRIORITY).default(0),
    delaySeconds: whole(MAX_DELAY_SECONDS).default(0),
  })
  .transform(({ match: conditions, ...rest }): Rule => ({ ...rest, conditions }));

/** The rules of an ingress, in order, as the value of one variable or as an object of the infra's configuration. */
export const ingressRules = z
  .strictObject({ rules: z.array(rule).min(1).max(MOST_RULES) })
  .transform(({ rules }) => rules)
  .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, 'two rules have one name');

/** Without rules of its own an ingress takes the subject of whatever comes. */
export const DEFAULT_RULES = { rules: [{ name: 'subject', key: { from: 'subject' } }] } as const;

function taken<T>(parsed: Parsed<T>, context: z.core.$RefinementCtx): T {
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: parsed.problem });
  return z.NEVER;
}
