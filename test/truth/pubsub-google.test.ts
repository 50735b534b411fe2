import { findGoogleEmulator, startGoogleEmulator } from '../local/pubsub/google-emulator.ts';
import { pubsubLaws } from './pubsub-laws.ts';

// The laws are worth more where they hold of a server that we did not write.
const found = findGoogleEmulator();
const missing = 'missing' in found ? found.missing : undefined;
if (missing !== undefined) process.stdout.write(`skipped: the laws of Pub/Sub on Google's emulator: ${missing}\n`);

pubsubLaws({
  name: "Google's emulator",
  missing,
  start: () => startGoogleEmulator('jar' in found ? found.jar : ''),
  deviations: {
    ackDeadline: 'it takes deadlines of less than 10 seconds',
    publishLimits: 'it does not check the limits of a publish request',
    retention: 'it takes any retention',
    ordering: 'it goes on with the next message of a key when one is nacked',
  },
});
