import { z } from 'zod';
import { flag, text, wholeNumber } from './fields.ts';

const match = z.union(
  [z.strictObject({ equals: text }), z.strictObject({ prefix: text }), z.strictObject({ present: flag })],
  'must be one of {equals: TEXT}, {prefix: TEXT} and {present: true or false}',
);

const key = z
  .strictObject({ from: text.optional(), template: text.optional() })
  .refine(({ from, template }) => from !== undefined || template !== undefined, 'must have from, template or both');

/** How the event ingress makes keys of events, as `LEVELSET_INGRESS` holds it (`{"rules": [...]}`). */
export const ingressRules = z
  .array(
    z.strictObject({
      name: z.string('must be a name').regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be a name of [a-z0-9-]'),
      match: z.record(z.string(), match, 'must be a map of conditions').optional(),
      key,
      priority: wholeNumber(0, 99_999_999).optional(),
      delaySeconds: wholeNumber(0, 31_536_000).optional(),
    }),
    'must be a list of rules',
  )
  .min(1, 'must have a rule');
