import { memoryDocuments } from '../../../resources/stores/memory-documents.ts';
import { Bucket } from '../../../queue/stores/bucket.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { documentsContract } from './documents.contract.ts';

documentsContract('in memory', {
  async open() {
    const bucket = new Bucket({ clock: new ManualClock() });
    return {
      documents: memoryDocuments(bucket),
      raw: async (name, text) => bucket.insert(name, { data: new TextEncoder().encode(text) }),
      close: async () => {},
    };
  },
});
