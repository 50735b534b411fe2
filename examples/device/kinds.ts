import { defineKind } from 'levelset/resources';
import { z } from 'zod';

export const Device = defineKind({
  kind: 'Device',
  prefix: 'dev',
  description: 'Something that can be running or stopped',
  spec: z.object({ desired: z.enum(['running', 'stopped']), config: z.string().optional() }),
  status: z.object({ state: z.enum(['running', 'stopped']).default('stopped'), lastSeen: z.string().optional() }),
});

export const kinds = [Device];
