import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { z } from 'zod';
import { EMULATOR_ENV } from '../../catalogue/environment.ts';
import { port, text, wholeNumber } from '../../services/config/fields.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { readConfig } from '../../services/runtime/config.ts';
import { onStop } from '../../services/runtime/signals.ts';
import { startStorageEmulator } from './emulator.ts';
import type { Publish } from './notifications.ts';

const config = readConfig(
  z.object({
    [EMULATOR_ENV.storagePort]: port.default(9023),
    [EMULATOR_ENV.storageState]: text.optional(),
    [EMULATOR_ENV.storageLatencyMs]: wholeNumber(0, 60_000).default(0),
    [EMULATOR_ENV.storageRateLimit]: z.enum(['true', 'false'], 'must be true or false').default('false'),
    PUBSUB_EMULATOR_HOST: text.optional(),
  }),
);
const state = config[EMULATOR_ENV.storageState];

const emulator = await startStorageEmulator({
  port: config[EMULATOR_ENV.storagePort],
  ...(state !== undefined && { folder: join(state, 'storage') }),
  latencyMs: config[EMULATOR_ENV.storageLatencyMs],
  rateLimit: config[EMULATOR_ENV.storageRateLimit] === 'true',
  clock: systemClock,
  random: systemRandom,
  // Only to an emulator: notifications of pretended objects have no business in a real project.
  ...(config.PUBSUB_EMULATOR_HOST !== undefined && { publish: publishThrough(new PubSub({ projectId: 'local' })) }),
  log: (message, cause) => console.error(message, cause),
});
onStop(() => emulator.close());
process.stdout.write(`${JSON.stringify({ event: 'ready', port: emulator.port })}\n`);

function publishThrough(pubsub: PubSub): Publish {
  return async (topic, { attributes, data }) => {
    await pubsub.topic(topic).publishMessage({ attributes, data });
  };
}
