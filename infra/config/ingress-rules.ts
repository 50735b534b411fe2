import { z } from 'zod';
import { ingressRules as servedRules } from '../../services/ingress/rules.ts';

/**
 * How the event ingress makes keys of events, as `LEVELSET_INGRESS` holds it (`{"rules": [...]}`). Judged by the schema of the service
 * that will read it, and handed on as it was written.
 */
export const ingressRules = z
  .array(z.record(z.string(), z.json()), 'must be a list of rules')
  .superRefine((rules, context) => {
    const parsed = servedRules.safeParse({ rules });
    if (parsed.success) return;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue({ code: 'custom', message, path: path[0] === 'rules' ? path.slice(1) : path });
    }
  });
