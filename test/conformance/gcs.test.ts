import { test } from 'vitest';
import { PREFIX } from '../../queue/core/layout.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { queueConformance } from './queue.conformance.ts';

const bucket = process.env.LEVELSET_TEST_BUCKET;

if (bucket === undefined) {
  test.skip('the queue on a real bucket: LEVELSET_TEST_BUCKET is not set', () => {});
} else {
  queueConformance(`the bucket ${bucket}`, {
    many: 1_200,
    async open() {
      const store = gcsStore({ storage: openStorage(), bucket, clock: systemClock, random: systemRandom });
      await emptyQueue(store);
      return { store, close: async () => {} };
    },
  });
}

/** The bucket is named for tests: what an earlier one left there goes. */
async function emptyQueue(store: ObjectStore): Promise<void> {
  for (const prefix of Object.values(PREFIX)) {
    for (let page = await store.list({ prefix }); page.objects.length > 0; page = await store.list({ prefix })) {
      await Promise.all(page.objects.map(({ name, generation }) => store.delete(name, { generation })));
    }
  }
}
