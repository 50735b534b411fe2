import type { HintPublisher } from './hint-publisher.ts';

export interface PubSubHintsOptions {
  readonly project: string;
  /** Name of the topic within the project. */
  readonly topic: string;
  /** `host:port` of an emulator, instead of the one that the environment names. */
  readonly emulatorHost?: string;
}

/**
 * The hint topic on Pub/Sub (or on the emulator that `PUBSUB_EMULATOR_HOST` names, which the client heeds by itself). Disposing
 * sends what is still waiting.
 *
 * The client is loaded with the first message: it takes as long as all the rest of a service, and a service that was just started
 * is to listen first.
 */
export function pubsubHints(options: PubSubHintsOptions): HintPublisher & AsyncDisposable {
  let opening: ReturnType<typeof open> | undefined;
  return {
    async publish({ data, attributes }) {
      const { topic } = await (opening ??= open(options));
      await topic.publishMessage({ data: Buffer.from(data), attributes: { ...attributes } });
    },
    async [Symbol.asyncDispose]() {
      if (!opening) return;
      const { pubsub, topic } = await opening;
      await topic.flush();
      await pubsub.close();
    },
  };
}

async function open(options: PubSubHintsOptions) {
  const { openTopic } = await import('./pubsub-topic.ts');
  return openTopic(options);
}
