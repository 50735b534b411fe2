import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { startStorageEmulator } from './emulator.ts';
import type { Publish } from './notifications.ts';

const { LEVELSET_STORAGE_PORT, LEVELSET_STATE, LEVELSET_STORAGE_LATENCY_MS, LEVELSET_STORAGE_RATE_LIMIT } = process.env;

const emulator = await startStorageEmulator({
  port: Number(LEVELSET_STORAGE_PORT ?? 9023),
  ...(LEVELSET_STATE && { folder: join(LEVELSET_STATE, 'storage') }),
  latencyMs: Number(LEVELSET_STORAGE_LATENCY_MS ?? 0),
  rateLimit: LEVELSET_STORAGE_RATE_LIMIT === 'true',
  clock: systemClock,
  random: systemRandom,
  // Only to an emulator: notifications of pretended objects have no business in a real project.
  ...(process.env.PUBSUB_EMULATOR_HOST && { publish: publishThrough(new PubSub({ projectId: 'local' })) }),
  log: (message, cause) => console.error(message, cause),
});
process.stdout.write(`${JSON.stringify({ event: 'ready', port: emulator.port })}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close());

function publishThrough(pubsub: PubSub): Publish {
  return async (topic, { attributes, data }) => {
    await pubsub.topic(topic).publishMessage({ attributes, data });
  };
}
