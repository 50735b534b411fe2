import type { Journal } from '../catalogue/events.ts';
import type { Clock } from './ports/clock.ts';
import type { ObjectStore } from './ports/object-store.ts';
import type { Random } from './ports/random.ts';

/** What every operation of the queue works with. */
export interface QueueContext {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
}
