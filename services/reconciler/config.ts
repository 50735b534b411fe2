import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { bindHost, port, text } from '../config/fields.ts';

export interface ReconcilerConfig {
  readonly host: string;
  readonly port: number;
  /** As metrics name it. */
  readonly queue: string;
  readonly region?: string;
  /** Where metrics are served, if they are; never on Cloud Run, where a service has one port. */
  readonly metricsPort?: number;
}

export const reconcilerConfig: z.ZodType<ReconcilerConfig> = z
  .object({
    [ENV.port]: port.default(8080),
    [ENV.host]: text.optional(),
    [ENV.cloudRun]: text.optional(),
    [ENV.queue]: text.default('none'),
    [ENV.region]: text.optional(),
    [ENV.metricsPort]: port.optional(),
  })
  .transform((env) => {
    const [region, metricsPort] = [env[ENV.region], env[ENV.metricsPort]];
    return {
      host: bindHost(env[ENV.host], env[ENV.cloudRun]),
      port: env[ENV.port],
      queue: env[ENV.queue],
      ...(region === undefined ? {} : { region }),
      ...(metricsPort === undefined ? {} : { metricsPort }),
    };
  });
