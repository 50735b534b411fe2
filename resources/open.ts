import type { Journal } from '../catalogue/events.ts';
import { openStorage } from '../queue/stores/gcs-client.ts';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';
import { type Environment, readConfig } from '../services/runtime/config.ts';
import type { OnChange } from './change.ts';
import { resourcesConfig } from './config.ts';
import type { Kind } from './core/kind.ts';
import { kindSet } from './core/kind.ts';
import { DEFAULT_EVENT_NAMES, type EventNames } from './events/cloud-events.ts';
import { type EventPublisher, publishChanges, type Publishing } from './events/publisher.ts';
import { pubsubEvents } from './events/pubsub-events.ts';
import { ResourceStore } from './store.ts';
import { gcsDocuments } from './stores/gcs-documents.ts';

export interface OpenResourcesOptions {
  readonly kinds: readonly Kind[];
  readonly eventNames?: EventNames;
  readonly journal: Journal;
  /** Default: the environment of the process. */
  readonly env?: Environment;
  /** Told of each change after its events are out. */
  readonly onChange?: OnChange;
}

export interface OpenedResources extends AsyncDisposable {
  readonly store: ResourceStore;
  readonly publishing: Publishing;
}

const NOWHERE: EventPublisher = { publish: async () => {} };

/** Opens the store that the environment names, for a process of its own. Ends the process where the environment is wrong. */
export function openResources(options: OpenResourcesOptions): OpenedResources {
  const { kinds, eventNames = DEFAULT_EVENT_NAMES, journal, env = process.env, onChange } = options;
  const { bucket, project, eventsTopic, storageEndpoint } = readConfig(resourcesConfig, env);
  const [clock, random] = [systemClock, systemRandom];
  const storage = openStorage({
    projectId: project,
    ...(storageEndpoint !== undefined && { apiEndpoint: storageEndpoint }),
  });
  const topic = eventsTopic === undefined ? undefined : pubsubEvents({ project, topic: eventsTopic });
  const publishing: Publishing = {
    publisher: topic ?? NOWHERE,
    names: eventNames,
    clock,
    random,
    onFailure: ({ id, type }, error) => journal.write('resource-event.failed', { id, type, error }),
  };
  const publish = publishChanges(publishing);
  const store = new ResourceStore({
    documents: gcsDocuments({ storage, bucket, clock, random }),
    kinds: kindSet(kinds),
    clock,
    random,
    onChange: async (change) => {
      await publish(change);
      await onChange?.(change);
    },
  });
  return { store, publishing, [Symbol.asyncDispose]: async () => topic?.[Symbol.asyncDispose]() };
}
