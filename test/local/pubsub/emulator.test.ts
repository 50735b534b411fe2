import { startPubsubEmulator } from '../../../local/pubsub/server.ts';
import { systemClock, systemRandom } from '../../../services/runtime/clock.ts';
import { pubsubContract } from './pubsub.contract.ts';

pubsubContract({
  name: 'our emulator',
  missing: undefined,
  start: () => startPubsubEmulator({ port: 0, clock: systemClock, random: systemRandom }),
  deviations: {
    ignoresFilters: undefined,
    countsPushAttemptsLoosely: undefined,
    buriesOnNextPull: undefined,
    pullsFromPush: undefined,
    takesGoogAttributes: undefined,
  },
});
