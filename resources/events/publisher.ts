import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import type { OnChange } from '../change.ts';
import { eventId } from '../core/uid.ts';
import { type EventNames, eventsOf, type EventStamp, type ResourceEvent } from './cloud-events.ts';

/** Where events go. */
export interface EventPublisher {
  /** Resolves when the event was taken. */
  publish(event: ResourceEvent): Promise<void>;
}

export interface Publishing {
  readonly publisher: EventPublisher;
  readonly names: EventNames;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of an event that could not be published: it is lost. */
  readonly onFailure: (event: ResourceEvent, error: unknown) => void;
}

/** Publishes the events of each change, before whoever made it goes on: afterwards there may be no CPU for it. Never rejects. */
export function publishChanges(publishing: Publishing): OnChange {
  return async (change) => {
    const events = eventsOf(change, publishing.names, stampOf(publishing));
    await Promise.all(events.map((event) => publishSafely(publishing, event)));
  };
}

/** Publishes, and tells where that failed. Never rejects. */
export async function publishSafely({ publisher, onFailure }: Publishing, event: ResourceEvent): Promise<void> {
  try {
    await publisher.publish(event);
  } catch (error) {
    onFailure(event, error);
  }
}

export function stampOf({ clock, random }: Pick<Publishing, 'clock' | 'random'>): EventStamp {
  return { newId: () => eventId(random.id()), now: new Date(clock.now()).toISOString() };
}
