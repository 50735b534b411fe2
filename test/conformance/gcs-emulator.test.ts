import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { startStorageEmulator } from '../../local/storage/emulator.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { queueConformance } from './queue.conformance.ts';

queueConformance('the Cloud Storage client against the emulator', {
  many: 1_200,
  async open() {
    const emulator = await startStorageEmulator({ port: 0, clock: systemClock, random: systemRandom });
    const storage = openStorage({ apiEndpoint: `http://127.0.0.1:${emulator.port}`, projectId: 'test' });
    await storage.createBucket('conformance');
    const store = gcsStore({ storage, bucket: 'conformance', clock: systemClock, random: systemRandom });
    return { store, close: () => emulator.close() };
  },
});
