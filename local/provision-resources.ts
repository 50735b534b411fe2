/** What the infra makes for resources on Google Cloud, made on the emulators. All of it is safe to repeat. */
import { PubSub } from '@google-cloud/pubsub';
import { ALREADY_EXISTS, NOT_FOUND, unless } from './provision.ts';

export interface EventsProvisioning {
  readonly project: string;
  readonly topic: string;
  /** `host:port`. */
  readonly pubsubHost: string;
  /** Where the API takes events. */
  readonly pushEndpoint: string;
}

/** The topic of what happens to resources, and who it pushes to. An emulator without memory needs this again after a restart. */
export async function provisionEvents({ project, topic, pubsubHost, pushEndpoint }: EventsProvisioning): Promise<void> {
  const pubsub = new PubSub({ projectId: project, apiEndpoint: pubsubHost, emulatorMode: true });
  try {
    const events = pubsub.topic(topic);
    await unless(ALREADY_EXISTS, events.create());
    const subscription = events.subscription(`${topic}-api`);
    // The status is what reconcilers write: nobody has to be told to look at it.
    const create = () => subscription.create({ pushConfig: { pushEndpoint }, filter: 'NOT attributes:ce-updatetype' });
    if (await unless(ALREADY_EXISTS, create())) return;
    await unless(NOT_FOUND, subscription.delete());
    await create();
  } finally {
    await pubsub.close();
  }
}
