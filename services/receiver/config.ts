import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { bindHost, names, port, text } from '../config/fields.ts';

export interface ReceiverConfig {
  readonly queue: string;
  readonly bucket: string;
  readonly project: string;
  /** The hint topic. */
  readonly topic: string;
  /** All regions of the queue, in its order. */
  readonly regions: readonly string[];
  readonly host: string;
  readonly port: number;
  /** Where metrics are served, if they are; never on Cloud Run, where a service has one port. */
  readonly metricsPort?: number;
  /** Instead of Cloud Storage: an emulator. */
  readonly storageEndpoint?: string;
}

export const receiverConfig: z.ZodType<ReceiverConfig> = z
  .object({
    [ENV.queue]: text,
    [ENV.bucket]: text,
    [ENV.project]: text,
    [ENV.topic]: text,
    [ENV.regions]: names,
    [ENV.port]: port.default(8080),
    [ENV.host]: text.optional(),
    [ENV.cloudRun]: text.optional(),
    [ENV.metricsPort]: port.optional(),
    [ENV.storageEndpoint]: z.url('must be a URL').optional(),
  })
  .transform((env) => {
    const storageEndpoint = env[ENV.storageEndpoint];
    const metricsPort = env[ENV.metricsPort];
    return {
      queue: env[ENV.queue],
      bucket: env[ENV.bucket],
      project: env[ENV.project],
      topic: env[ENV.topic],
      regions: env[ENV.regions],
      host: bindHost(env[ENV.host], env[ENV.cloudRun]),
      port: env[ENV.port],
      ...(metricsPort === undefined ? {} : { metricsPort }),
      ...(storageEndpoint === undefined ? {} : { storageEndpoint }),
    };
  });
