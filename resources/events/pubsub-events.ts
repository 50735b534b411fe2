import { PubSub } from '@google-cloud/pubsub';
import { HTTP } from 'cloudevents';
import type { EventPublisher } from './publisher.ts';

/** Events of one moment travel together; waiting any longer for more would only delay them. */
const BATCHING = { maxMessages: 100, maxMilliseconds: 2 } as const;

/**
 * Events on a Pub/Sub topic, in binary mode: the context in `ce-` attributes, which subscriptions can filter by, the data as JSON.
 * Disposing sends what is still waiting.
 */
export function pubsubEvents(options: { project: string; topic: string }): EventPublisher & AsyncDisposable {
  const pubsub = new PubSub({ projectId: options.project });
  const topic = pubsub.topic(options.topic, { batching: BATCHING });
  return {
    async publish(event) {
      const { headers, body } = HTTP.binary(event);
      const attributes = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      await topic.publishMessage({ data: Buffer.from(typeof body === 'string' ? body : ''), attributes });
    },
    async [Symbol.asyncDispose]() {
      await topic.flush();
      await pubsub.close();
    },
  };
}
