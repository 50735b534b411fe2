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
  /** gRPC; absent where the door has the port of the process: on Cloud Run a service speaks one protocol. */
  readonly port?: number;
  /** The HTTP door; absent = closed. */
  readonly doorPort?: number;
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
    [ENV.doorPort]: port.optional(),
    [ENV.storageEndpoint]: z.url('must be a URL').optional(),
  })
  .transform((env) => {
    const doorPort = env[ENV.doorPort];
    const doorOnly = doorPort !== undefined && doorPort !== 0 && doorPort === env[ENV.port];
    const storageEndpoint = env[ENV.storageEndpoint];
    return {
      queue: env[ENV.queue],
      bucket: env[ENV.bucket],
      project: env[ENV.project],
      topic: env[ENV.topic],
      regions: env[ENV.regions],
      host: bindHost(env[ENV.host], env[ENV.cloudRun]),
      ...(doorOnly ? {} : { port: env[ENV.port] }),
      ...(doorPort === undefined ? {} : { doorPort }),
      ...(storageEndpoint === undefined ? {} : { storageEndpoint }),
    };
  });
