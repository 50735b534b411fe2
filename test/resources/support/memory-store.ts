import { Bucket } from '../../../queue/stores/bucket.ts';
import type { Change } from '../../../resources/change.ts';
import { type Kind, kindSet } from '../../../resources/core/kind.ts';
import type { Documents } from '../../../resources/ports/documents.ts';
import { ResourceStore } from '../../../resources/store.ts';
import { memoryDocuments } from '../../../resources/stores/memory-documents.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { seededRandom } from '../../../services/testing/seeded-random.ts';

/** A store in memory, with every change it told of. */
export function memoryStore(kinds: readonly Kind[], wrap: (documents: Documents) => Documents = (same) => same) {
  const clock = new ManualClock();
  const bucket = new Bucket({ clock });
  const changes: Change[] = [];
  const documents = wrap(memoryDocuments(bucket));
  const store = new ResourceStore({
    documents,
    kinds: kindSet(kinds),
    clock,
    random: seededRandom(1),
    onChange: async (change) => void changes.push(change),
  });
  const names = () => [...bucket.objects()].map(({ name }) => name).sort();
  return { clock, bucket, changes, documents, store, names };
}
