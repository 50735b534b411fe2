import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { bindHost, port, text } from '../config/fields.ts';

export interface ReconcilerConfig {
  readonly host: string;
  readonly port: number;
}

export const reconcilerConfig: z.ZodType<ReconcilerConfig> = z
  .object({
    [ENV.port]: port.default(8080),
    [ENV.host]: text.optional(),
    [ENV.cloudRun]: text.optional(),
  })
  .transform((env) => ({ host: bindHost(env[ENV.host], env[ENV.cloudRun]), port: env[ENV.port] }));
