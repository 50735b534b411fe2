import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { bindHost, port, text } from '../config/fields.ts';

export interface ApiConfig {
  /** Of the queue that reconciles: `https://...`, or `host:port`. */
  readonly receiver: string;
  /** The module that exports `kinds`, and perhaps `subscriptions`: a path from the working folder. */
  readonly kinds: string;
  readonly host: string;
  readonly port: number;
}

export const apiConfig: z.ZodType<ApiConfig> = z
  .object({
    [ENV.receiver]: text,
    [ENV.kinds]: text,
    [ENV.port]: port.default(8080),
    [ENV.host]: text.optional(),
    [ENV.cloudRun]: text.optional(),
  })
  .transform((env) => ({
    receiver: env[ENV.receiver],
    kinds: env[ENV.kinds],
    host: bindHost(env[ENV.host], env[ENV.cloudRun]),
    port: env[ENV.port],
  }));
