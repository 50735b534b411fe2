import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { bindHost, names, port, text } from '../config/fields.ts';
import { DEFAULT_RULES, ingressRules, type Rule } from './rules.ts';

export interface IngressConfig {
  readonly queue: string;
  readonly bucket: string;
  readonly project: string;
  /** The hint topic. */
  readonly topic: string;
  /** All regions of the queue, in its order. */
  readonly regions: readonly string[];
  readonly rules: readonly Rule[];
  readonly host: string;
  readonly port: number;
  /** Instead of Cloud Storage: an emulator. */
  readonly storageEndpoint?: string;
}

/** The JSON of {@link ingressRules} in one variable. Every problem is named by its place in the JSON. */
const rules = z.string().transform((json, context): readonly Rule[] => {
  const parsed = ingressRules.safeParse(parseJson(json));
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: 'custom', message: path.length === 0 ? message : `${path.join('.')}: ${message}` });
  }
  return z.NEVER;
});

export const ingressConfig: z.ZodType<IngressConfig> = z
  .object({
    [ENV.queue]: text,
    [ENV.bucket]: text,
    [ENV.project]: text,
    [ENV.topic]: text,
    [ENV.regions]: names,
    [ENV.ingress]: rules.default(ingressRules.parse(DEFAULT_RULES)),
    [ENV.port]: port.default(8080),
    [ENV.host]: text.optional(),
    [ENV.cloudRun]: text.optional(),
    [ENV.storageEndpoint]: z.url('must be a URL').optional(),
  })
  .transform((env) => {
    const storageEndpoint = env[ENV.storageEndpoint];
    return {
      queue: env[ENV.queue],
      bucket: env[ENV.bucket],
      project: env[ENV.project],
      topic: env[ENV.topic],
      regions: env[ENV.regions],
      rules: env[ENV.ingress],
      host: bindHost(env[ENV.host], env[ENV.cloudRun]),
      port: env[ENV.port],
      ...(storageEndpoint === undefined ? {} : { storageEndpoint }),
    };
  });

/** What is no JSON is no object either, and is refused as such. */
function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
