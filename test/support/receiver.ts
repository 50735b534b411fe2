import type { QueueContext } from '../../queue/context.ts';
import type { HintMessage } from '../../queue/core/hint.ts';
import { QueueError } from '../../queue/errors.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { Bucket } from '../../queue/stores/bucket.ts';
import { memoryStore } from '../../queue/stores/memory.ts';
import type { HintPublisher } from '../../services/hints/hint-publisher.ts';
import { Receiver } from '../../services/receiver/receiver.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { seededRandom } from '../../services/testing/seeded-random.ts';
import { MemoryJournal } from './memory-journal.ts';

/** A hint topic in memory. */
export class MemoryHints implements HintPublisher {
  readonly messages: HintMessage[] = [];
  /** What the topic does with a message; default: takes it. */
  behaviour: () => Promise<void> = () => Promise.resolve();

  publish(message: HintMessage): Promise<void> {
    this.messages.push(message);
    return this.behaviour();
  }
}

/** Every request fails, as with a bucket that is away. */
export const brokenStore: ObjectStore = {
  get: unavailable,
  list: unavailable,
  put: unavailable,
  copy: unavailable,
  patch: unavailable,
  delete: unavailable,
};

function unavailable(): Promise<never> {
  return Promise.reject(new QueueError('unavailable', 'the bucket did not answer', new Error('secret of the client')));
}

/** A receiver on a bucket in memory. */
export function receiving(options: { clock?: Clock; store?: ObjectStore; regions?: string[] } = {}) {
  const { clock = systemClock, regions = ['here'] } = options;
  const store = options.store ?? memoryStore({ bucket: new Bucket({ clock }), clock });
  const journal = new MemoryJournal();
  const hints = new MemoryHints();
  const context: QueueContext = { store, clock, random: seededRandom(1), journal };
  return { context, journal, hints, receiver: new Receiver({ context, hints, regions }) };
}
