import { z } from 'zod';
import { EMULATOR_ENV } from '../../catalogue/environment.ts';
import { port } from '../../services/config/fields.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { readConfig } from '../../services/runtime/config.ts';
import { onStop } from '../../services/runtime/signals.ts';
import { startPubsubEmulator } from './server.ts';

// 8085 is where Google's own emulator listens.
const config = readConfig(z.object({ [EMULATOR_ENV.pubsubPort]: port.default(8085) }));

const emulator = await startPubsubEmulator({
  port: config[EMULATOR_ENV.pubsubPort],
  clock: systemClock,
  random: systemRandom,
});
onStop(() => emulator.close());
process.stdout.write(`${JSON.stringify({ event: 'ready', port: emulator.port })}\n`);
