import { PubSub, type Topic } from '@google-cloud/pubsub';
import type { PubSubHintsOptions } from './pubsub-hints.ts';

/** Messages of one moment travel together; waiting any longer for more would only delay them. */
const BATCHING = { maxMessages: 100, maxMilliseconds: 2 } as const;

/** A topic of Google's client, to be closed with the client that it came from. */
export function openTopic({ project, topic, emulatorHost }: PubSubHintsOptions): { pubsub: PubSub; topic: Topic } {
  const pubsub = new PubSub({
    projectId: project,
    ...(emulatorHost !== undefined && { apiEndpoint: emulatorHost, emulatorMode: true }),
  });
  return { pubsub, topic: pubsub.topic(topic, { batching: BATCHING }) };
}
