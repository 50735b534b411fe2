import { findGoogleEmulator, startGoogleEmulator } from '../../local/pubsub/google-emulator.ts';
import { startPubsubEmulator } from '../../../local/pubsub/server.ts';
import { systemClock, systemRandom } from '../../../services/runtime/clock.ts';
import { ingressContract } from './pubsub.contract.ts';

const found = findGoogleEmulator();
const missing = 'missing' in found ? found.missing : undefined;
if (missing !== undefined) process.stdout.write(`skipped: Google's Pub/Sub emulator: ${missing}\n`);

ingressContract({
  name: 'our emulator',
  start: () => startPubsubEmulator({ port: 0, clock: systemClock, random: systemRandom }),
});
ingressContract({
  name: "Google's emulator",
  missing,
  start: () => startGoogleEmulator('jar' in found ? found.jar : ''),
});
