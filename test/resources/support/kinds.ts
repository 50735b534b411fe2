import { z } from 'zod';
import { defineKind } from '../../../resources/core/kind.ts';

/** A kind for tests: something of everything. */
export const Box = defineKind({
  kind: 'Box',
  prefix: 'box',
  plural: 'boxes',
  spec: z.object({
    size: z.int().min(1).max(42),
    mode: z.enum(['shared', 'dedicated']).optional(),
    shelf: z.string().optional(),
    inner: z.strictObject({ color: z.string().min(1) }).optional(),
  }),
  status: z.object({ seen: z.int().default(0), note: z.string().optional(), items: z.array(z.string()).optional() }),
  index: { shelf: (spec) => spec.shelf },
  history: true,
});

export const Item = defineKind({ kind: 'Item', prefix: 'item', spec: z.object({ number: z.int().min(0) }) });
