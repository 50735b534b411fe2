import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import { PubsubSubscription } from '@cdktf/provider-google/lib/pubsub-subscription/index.js';
import { PubsubSubscriptionIamMember } from '@cdktf/provider-google/lib/pubsub-subscription-iam-member/index.js';
import type { Construct } from 'constructs';
import { subscriptionFilter } from '../../queue/core/hint.ts';
import { partName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';

/** Longer than a dispatcher holds a push open, and Pub/Sub's longest. */
const ACK_DEADLINE_SECONDS = 600;

/** To a URL, as an identity: what every push of ours has. */
function pushTo(service: CloudRunV2Service, identity: string) {
  return {
    pushEndpoint: service.uri,
    // Cloud Run takes tokens for its own address.
    oidcToken: { serviceAccountEmail: identity, audience: service.uri },
  };
}

/**
 * Hints of a region, and all ticks, to its dispatcher. Without a dead-letter topic on purpose: a hint is advice, and a sweep finds
 * what it was about. Kept for a day only: an older one tells of nothing that a sweep has not seen.
 */
export function hintPush(
  scope: Construct,
  order: { queue: Queue; region: string; topic: string; dispatcher: CloudRunV2Service; identity: string },
): void {
  const { queue, region, topic, dispatcher, identity } = order;
  new PubsubSubscription(scope, `${queue.name}-hint-push`, {
    name: `${queue.name}-hints-${region}`,
    topic,
    filter: subscriptionFilter(region),
    ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
    messageRetentionDuration: '86400s',
    expirationPolicy: { ttl: '' },
    retryPolicy: { minimumBackoff: '1s', maximumBackoff: '60s' },
    pushConfig: pushTo(dispatcher, identity),
    labels: { queue: queue.name },
  });
}

export interface EventPushOrder {
  readonly infra: Infra;
  readonly queue: Queue;
  readonly region: string;
  readonly ingress: CloudRunV2Service;
  readonly identity: string;
  readonly undeliverable: string;
  readonly pubsubAgent: string;
}

/** Events of the topics that this region's ingress takes. What it refuses too often goes to a topic where it can be looked at. */
export function eventPushes(scope: Construct, order: EventPushOrder): void {
  const { infra, queue, region, ingress, identity, undeliverable, pubsubAgent } = order;
  for (const { topic, region: wanted, deliveries } of queue.ingress?.topics ?? []) {
    if ((wanted ?? infra.regions[0]?.name) !== region) continue;
    const name = topic.split('/').at(-1)!;
    const subscription = new PubsubSubscription(scope, `${queue.name}-events-${name}`, {
      name: `${partName(queue.name, 'ingress')}-${name}`,
      topic: topic.includes('/') ? topic : `projects/${infra.project}/topics/${topic}`,
      ackDeadlineSeconds: 60,
      messageRetentionDuration: '604800s',
      expirationPolicy: { ttl: '' },
      retryPolicy: { minimumBackoff: '1s', maximumBackoff: '600s' },
      pushConfig: pushTo(ingress, identity),
      deadLetterPolicy: { deadLetterTopic: undeliverable, maxDeliveryAttempts: deliveries },
      labels: { queue: queue.name },
    });
    // Moving a message to the dead-letter topic acknowledges it here, in the name of Pub/Sub's agent.
    new PubsubSubscriptionIamMember(scope, `${queue.name}-events-${name}-pubsub`, {
      subscription: subscription.name,
      role: 'roles/pubsub.subscriber',
      member: pubsubAgent,
    });
  }
}
