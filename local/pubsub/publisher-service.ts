import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { type Answer, answered, refused } from './answer.ts';
import type { Broker } from './broker.ts';
import { unary } from './grpc.ts';
import { isProjectName } from './names.ts';
import { pageOf } from './page.ts';
import type { Topic } from './topic.ts';
import type { WireFieldMask } from './update-mask.ts';
import type { WireMessage, WireTopic } from './wire.ts';

interface Paged {
  pageSize: number;
  pageToken: string;
}

/** google.pubsub.v1.Publisher. What is missing here (schemas, snapshots, DetachSubscription) answers UNIMPLEMENTED. */
export function publisherService(broker: Broker): UntypedServiceImplementation {
  return {
    CreateTopic: unary((topic: WireTopic) => wired(broker.createTopic(topic))),

    UpdateTopic: unary(({ topic, updateMask }: { topic: WireTopic | null; updateMask: WireFieldMask | null }) =>
      topic === null ? refused('INVALID_ARGUMENT', 'topic is missing') : wired(broker.updateTopic(topic, updateMask)),
    ),

    GetTopic: unary(({ topic }: { topic: string }) => wired(broker.topic(topic))),

    ListTopics: unary(({ project, pageSize, pageToken }: Paged & { project: string }) => {
      if (!isProjectName(project)) return refused('INVALID_ARGUMENT', `project name is malformed: project=${project}`);
      const topics = [...broker.topics()].filter(({ name }) => name.startsWith(`${project}/`));
      const page = pageOf(topics, pageSize, pageToken);
      if (!page.ok) return page;
      const { items, nextPageToken } = page.value;
      return answered({ topics: items.map(({ wire }) => wire), nextPageToken });
    }),

    ListTopicSubscriptions: unary(({ topic, pageSize, pageToken }: Paged & { topic: string }) => {
      const found = broker.topic(topic);
      if (!found.ok) return found;
      const page = pageOf(found.value.subscriptions, pageSize, pageToken);
      if (!page.ok) return page;
      const { items, nextPageToken } = page.value;
      return answered({ subscriptions: items.map(({ name }) => name), nextPageToken });
    }),

    DeleteTopic: unary(({ topic }: { topic: string }) => {
      const deleted = broker.deleteTopic(topic);
      return deleted.ok ? answered({}) : deleted;
    }),

    Publish: unary(({ topic, messages }: { topic: string; messages: readonly WireMessage[] }) => {
      const drafts = messages.map(({ data, attributes, orderingKey }) => ({ data, attributes, orderingKey }));
      const published = broker.publish(topic, drafts);
      return published.ok ? answered({ messageIds: published.value }) : published;
    }),
  };
}

function wired(answer: Answer<Topic>): Answer<WireTopic> {
  return answer.ok ? answered(answer.value.wire) : answer;
}
