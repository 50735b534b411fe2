import type { WireSubscription } from '../../../local/pubsub/wire.ts';

/** A subscription as a client that sets only these fields sends it. */
export function subscriptionWire(overrides: Partial<WireSubscription> = {}): WireSubscription {
  return {
    name: 'projects/p/subscriptions/sub',
    topic: 'projects/p/topics/top',
    pushConfig: null,
    bigqueryConfig: null,
    cloudStorageConfig: null,
    bigtableConfig: null,
    ackDeadlineSeconds: 0,
    retainAckedMessages: false,
    messageRetentionDuration: null,
    labels: {},
    enableMessageOrdering: false,
    expirationPolicy: null,
    filter: '',
    deadLetterPolicy: null,
    retryPolicy: null,
    enableExactlyOnceDelivery: false,
    messageTransforms: [],
    state: '',
    ...overrides,
  };
}
