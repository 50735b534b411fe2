import { PubSub } from '@google-cloud/pubsub';
import type { HintPublisher } from './hint-publisher.ts';

export interface PubSubHintsOptions {
  readonly project: string;
  /** Name of the topic within the project. */
  readonly topic: string;
  /** `host:port` of an emulator, instead of the one that the environment names. */
  readonly emulatorHost?: string;
}

/** Messages of one moment travel together; waiting any longer for more would only delay them. */
const BATCHING = { maxMessages: 100, maxMilliseconds: 2 } as const;

/**
 * The hint topic on Pub/Sub (or on the emulator that `PUBSUB_EMULATOR_HOST` names, which the client heeds by itself). Disposing
 * sends what is still waiting.
 */
export function pubsubHints(options: PubSubHintsOptions): HintPublisher & AsyncDisposable {
  const { project, emulatorHost } = options;
  const pubsub = new PubSub({
    projectId: project,
    ...(emulatorHost !== undefined && { apiEndpoint: emulatorHost, emulatorMode: true }),
  });
  const topic = pubsub.topic(options.topic, { batching: BATCHING });
  return {
    async publish({ data, attributes }) {
      await topic.publishMessage({ data: Buffer.from(data), attributes: { ...attributes } });
    },
    async [Symbol.asyncDispose]() {
      await topic.flush();
      await pubsub.close();
    },
  };
}
