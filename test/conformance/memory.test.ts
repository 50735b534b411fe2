import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import { queueConformance } from './queue.conformance.ts';

queueConformance('memory', {
  many: 2_500,
  open: async (clock) => ({ store: memoryStore({ bucket: new Bucket({ clock }), clock }), close: async () => {} }),
});
