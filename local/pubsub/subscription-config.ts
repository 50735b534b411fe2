import { type Answer, answered, type Refusal, refused } from './answer.ts';
import type { BacklogPolicy } from './backlog.ts';
import { type Filter, parseFilter } from './filter.ts';
import { DELETED_TOPIC, isSubscriptionName, isTopicName } from './names.ts';
import { parsePush, type Push, wirePush } from './push-config.ts';
import type { RetryPolicy } from './redelivery.ts';
import { durationMs, type WireSubscription, wireDuration } from './wire.ts';

/** Everything about a subscription that a caller chooses. Frozen; an update makes another. */
export interface SubscriptionConfig extends BacklogPolicy {
  readonly name: string;
  readonly topic: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ackDeadlineMs: number;
  readonly filterText: string;
  readonly matches: Filter;
  /** Kept for the caller; it only matters to Seek, which is not emulated. */
  readonly retainAcked: boolean;
  /** Kept for the caller; nothing expires by disuse here. Undefined: never. */
  readonly expireAfterMs: number | undefined;
  /** Undefined: a pull subscription. */
  readonly push: Push | undefined;
}

/** Limits and defaults (pubsub.proto: Subscription, DeadLetterPolicy, RetryPolicy, ExpirationPolicy). */
const DEFAULT_ACK_DEADLINE_S = 10;
const MIN_ACK_DEADLINE_S = 10;
const MAX_ACK_DEADLINE_S = 600;
const DAY_MS = 86_400_000;
const DEFAULT_RETENTION_MS = 7 * DAY_MS;
const MIN_RETENTION_MS = 600_000;
const MAX_RETENTION_MS = 31 * DAY_MS;
const DEFAULT_EXPIRY_MS = 31 * DAY_MS;
const MIN_EXPIRY_MS = DAY_MS;
const DEFAULT_MIN_BACKOFF_MS = 10_000;
const DEFAULT_MAX_BACKOFF_MS = 600_000;
const MAX_BACKOFF_MS = 600_000;
const DEFAULT_MAX_ATTEMPTS = 5;
const MIN_MAX_ATTEMPTS = 5;
const MAX_MAX_ATTEMPTS = 100;

/** Checks a subscription as a caller wrote it. What the emulator would not honour is refused rather than ignored. */
export function parseSubscription(wire: WireSubscription): Answer<SubscriptionConfig> {
  const foreign = unsupported(wire);
  if (foreign !== undefined) return refused('UNIMPLEMENTED', `not emulated: field=${foreign}`);
  if (!isSubscriptionName(wire.name)) return invalid(`subscription name is malformed: name=${wire.name}`);
  if (wire.topic !== DELETED_TOPIC && !isTopicName(wire.topic)) {
    return invalid(`topic name is malformed: topic=${wire.topic}`);
  }
  const ackDeadlineS = wire.ackDeadlineSeconds || DEFAULT_ACK_DEADLINE_S;
  if (!isWithin(ackDeadlineS, MIN_ACK_DEADLINE_S, MAX_ACK_DEADLINE_S)) {
    return invalid(`ack_deadline_seconds must be ${MIN_ACK_DEADLINE_S} to ${MAX_ACK_DEADLINE_S}: got=${ackDeadlineS}`);
  }
  const retentionMs =
    wire.messageRetentionDuration === null ? DEFAULT_RETENTION_MS : durationMs(wire.messageRetentionDuration);
  if (!isWithin(retentionMs, MIN_RETENTION_MS, MAX_RETENTION_MS)) {
    return invalid(`message_retention_duration must be 10 minutes to 31 days: got=${retentionMs}ms`);
  }
  const expireAfterMs = expiryOf(wire);
  if (expireAfterMs !== undefined && expireAfterMs < MIN_EXPIRY_MS) {
    return invalid(`expiration_policy.ttl must be at least a day: got=${expireAfterMs}ms`);
  }
  const filter = parseFilter(wire.filter);
  if (!filter.ok) return invalid(filter.problem);
  const retry = parseRetry(wire);
  if (!retry.ok) return retry;
  const deadLetter = parseDeadLetter(wire);
  if (!deadLetter.ok) return deadLetter;
  const push = parsePush(wire.pushConfig);
  if (!push.ok) return push;
  return answered({
    name: wire.name,
    topic: wire.topic,
    labels: wire.labels,
    ackDeadlineMs: ackDeadlineS * 1000,
    filterText: wire.filter,
    matches: filter.value,
    retentionMs,
    retainAcked: wire.retainAckedMessages,
    expireAfterMs,
    ordered: wire.enableMessageOrdering,
    retry: retry.value,
    deadLetter: deadLetter.value,
    push: push.value,
  });
}

/** The inverse of `parseSubscription`, defaults filled in. */
export function wireSubscription(config: SubscriptionConfig): WireSubscription {
  const { retry, deadLetter } = config;
  return {
    name: config.name,
    topic: config.topic,
    pushConfig: wirePush(config.push),
    bigqueryConfig: null,
    cloudStorageConfig: null,
    bigtableConfig: null,
    ackDeadlineSeconds: config.ackDeadlineMs / 1000,
    retainAckedMessages: config.retainAcked,
    messageRetentionDuration: wireDuration(config.retentionMs),
    labels: config.labels,
    enableMessageOrdering: config.ordered,
    expirationPolicy: { ttl: config.expireAfterMs === undefined ? null : wireDuration(config.expireAfterMs) },
    filter: config.filterText,
    deadLetterPolicy: deadLetter
      ? { deadLetterTopic: deadLetter.topic, maxDeliveryAttempts: deadLetter.maxAttempts }
      : null,
    retryPolicy: retry
      ? {
          minimumBackoff: wireDuration(retry.minBackoffMs),
          maximumBackoff: wireDuration(retry.maxBackoffMs),
        }
      : null,
    enableExactlyOnceDelivery: false,
    messageTransforms: [],
    state: 'ACTIVE',
  };
}

function unsupported(wire: WireSubscription): string | undefined {
  if (wire.enableExactlyOnceDelivery) return 'enable_exactly_once_delivery';
  if (wire.bigqueryConfig !== null) return 'bigquery_config';
  if (wire.cloudStorageConfig !== null) return 'cloud_storage_config';
  if (wire.bigtableConfig !== null) return 'bigtable_config';
  if (wire.messageTransforms.length > 0) return 'message_transforms';
  return undefined;
}

function expiryOf({ expirationPolicy }: WireSubscription): number | undefined {
  if (expirationPolicy === null) return DEFAULT_EXPIRY_MS;
  return expirationPolicy.ttl === null ? undefined : durationMs(expirationPolicy.ttl);
}

function parseRetry({ retryPolicy }: WireSubscription): Answer<RetryPolicy | undefined> {
  if (retryPolicy === null) return answered(undefined);
  const { minimumBackoff, maximumBackoff } = retryPolicy;
  const minBackoffMs = minimumBackoff === null ? DEFAULT_MIN_BACKOFF_MS : durationMs(minimumBackoff);
  const maxBackoffMs = maximumBackoff === null ? DEFAULT_MAX_BACKOFF_MS : durationMs(maximumBackoff);
  for (const backoffMs of [minBackoffMs, maxBackoffMs]) {
    if (!isWithin(backoffMs, 0, MAX_BACKOFF_MS)) {
      return invalid(`retry_policy backoffs must be 0 to 600 seconds: got=${backoffMs}ms`);
    }
  }
  if (minBackoffMs > maxBackoffMs) {
    return invalid(`retry_policy.minimum_backoff exceeds maximum_backoff: min=${minBackoffMs}ms max=${maxBackoffMs}ms`);
  }
  return answered({ minBackoffMs, maxBackoffMs });
}

function parseDeadLetter({ deadLetterPolicy }: WireSubscription): Answer<SubscriptionConfig['deadLetter']> {
  if (deadLetterPolicy === null) return answered(undefined);
  const { deadLetterTopic } = deadLetterPolicy;
  const maxAttempts = deadLetterPolicy.maxDeliveryAttempts || DEFAULT_MAX_ATTEMPTS;
  if (!isTopicName(deadLetterTopic)) return invalid(`dead letter topic name is malformed: topic=${deadLetterTopic}`);
  if (!isWithin(maxAttempts, MIN_MAX_ATTEMPTS, MAX_MAX_ATTEMPTS)) {
    return invalid(`max_delivery_attempts must be ${MIN_MAX_ATTEMPTS} to ${MAX_MAX_ATTEMPTS}: got=${maxAttempts}`);
  }
  return answered({ topic: deadLetterTopic, maxAttempts });
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function invalid(problem: string): Refusal {
  return refused('INVALID_ARGUMENT', problem);
}
