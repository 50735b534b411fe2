import { findGoogleEmulator, startGoogleEmulator } from './google-emulator.ts';
import { pubsubContract } from './pubsub.contract.ts';

// The contract is only worth something if it holds where we did not write the server.
const found = findGoogleEmulator();
const missing = 'missing' in found ? found.missing : undefined;
if (missing !== undefined) process.stdout.write(`skipped: Google's Pub/Sub emulator: ${missing}\n`);

pubsubContract({
  name: "Google's emulator",
  missing,
  start: () => startGoogleEmulator('jar' in found ? found.jar : ''),
  deviations: {
    ignoresFilters: 'it accepts any text as a filter and delivers everything',
    countsPushAttemptsLoosely: 'it pushes more often than max_delivery_attempts and tells no deliveryAttempt',
    buriesOnNextPull: 'it forwards a dead letter only when its subscription is pulled from again',
    pullsFromPush: 'it lets anyone pull from a push subscription',
    takesGoogAttributes: 'it does not check attribute keys',
  },
});
