import { PubSub } from '@google-cloud/pubsub';
import type { PubSubHintsOptions } from './pubsub-hints.ts';

/** What doctor looks at: the topic, and who it pushes to. */
export async function topicFacts({ project, topic: name, emulatorHost }: PubSubHintsOptions): Promise<{
  readonly exists: boolean;
  readonly subscriptions: readonly { readonly name: string; readonly filter: string; readonly endpoint: string }[];
}> {
  const pubsub = new PubSub({
    projectId: project,
    ...(emulatorHost !== undefined && { apiEndpoint: emulatorHost, emulatorMode: true }),
  });
  try {
    const topic = pubsub.topic(name);
    const [exists] = await topic.exists();
    if (!exists) return { exists, subscriptions: [] };
    const [found] = await topic.getSubscriptions();
    const subscriptions = await Promise.all(
      found.map(async (subscription) => {
        const [metadata] = await subscription.getMetadata();
        return {
          name: subscription.name.split('/').at(-1) ?? subscription.name,
          filter: metadata.filter ?? '',
          endpoint: metadata.pushConfig?.pushEndpoint ?? '',
        };
      }),
    );
    return { exists, subscriptions };
  } finally {
    await pubsub.close();
  }
}
