import { z } from 'zod';
import { ENV } from '../catalogue/environment.ts';
import { text } from '../services/config/fields.ts';

export interface ResourcesConfig {
  readonly bucket: string;
  readonly project: string;
  /** Where events go; absent: nowhere. */
  readonly eventsTopic?: string;
  /** Instead of Cloud Storage: an emulator. */
  readonly storageEndpoint?: string;
}

export const resourcesConfig: z.ZodType<ResourcesConfig> = z
  .object({
    [ENV.resourcesBucket]: text,
    [ENV.project]: text,
    [ENV.eventsTopic]: text.optional(),
    [ENV.storageEndpoint]: z.url('must be a URL').optional(),
  })
  .transform((env) => {
    const { [ENV.eventsTopic]: eventsTopic, [ENV.storageEndpoint]: storageEndpoint } = env;
    return {
      bucket: env[ENV.resourcesBucket],
      project: env[ENV.project],
      ...(eventsTopic !== undefined && { eventsTopic }),
      ...(storageEndpoint !== undefined && { storageEndpoint }),
    };
  });
