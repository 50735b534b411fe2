import { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import type { Construct } from 'constructs';
import { topicName } from '../config/names.ts';
import type { Queue } from '../config/schema.ts';
import { type Identities, memberOf } from './identities.ts';

export interface Topics {
  readonly hints: PubsubTopic;
  readonly failures?: PubsubTopic;
  /** Events that the ingress refused again and again. */
  readonly undeliverable?: PubsubTopic;
}

export function topics(scope: Construct, queue: Queue): Topics {
  const topic = (kind: 'hints' | 'failures' | 'undeliverable', retention?: string) =>
    new PubsubTopic(scope, `${queue.name}-${kind}`, {
      name: topicName(queue.name, kind),
      labels: { queue: queue.name },
      ...(retention === undefined ? {} : { messageRetentionDuration: retention }),
    });
  return {
    hints: topic('hints'),
    // Who wonders what failed over the weekend can attach a subscription and look back.
    ...(queue.failureEvents ? { failures: topic('failures', '604800s') } : {}),
    ...(queue.ingress?.topics.length ? { undeliverable: topic('undeliverable', '2678400s') } : {}),
  };
}

/** Who may publish what. Cloud Scheduler's own agent may publish to every topic of the project; it needs no binding. */
export function topicAccess(
  scope: Construct,
  { queue, made, ids, pubsubAgent }: { queue: Queue; made: Topics; ids: Identities; pubsubAgent: string },
): void {
  const publishers = { receiver: ids.receiver, ingress: ids.ingress, dispatcher: ids.dispatcher, redrive: ids.redrive };
  for (const [part, email] of Object.entries(publishers)) {
    if (email) mayPublish(scope, `${queue.name}-hints-${part}`, made.hints, memberOf(email));
  }
  queue.operators.forEach((member, index) => {
    mayPublish(scope, `${queue.name}-hints-operator-${index}`, made.hints, member);
    // For `levelset doctor`: is it there, and who is it pushed to.
    const about = { topic: made.hints.name, role: 'roles/pubsub.viewer', member };
    new PubsubTopicIamMember(scope, `${queue.name}-hints-operator-${index}-view`, about);
  });
  if (made.failures) mayPublish(scope, `${queue.name}-failures-dispatcher`, made.failures, memberOf(ids.dispatcher));
  if (made.undeliverable) mayPublish(scope, `${queue.name}-undeliverable-pubsub`, made.undeliverable, pubsubAgent);
}

function mayPublish(scope: Construct, id: string, topic: PubsubTopic, member: string): void {
  new PubsubTopicIamMember(scope, id, { topic: topic.name, role: 'roles/pubsub.publisher', member });
}
