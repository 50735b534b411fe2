import type { Random } from '../../queue/ports/random.ts';
import { type Answer, answered, refused } from './answer.ts';
import { checkDrafts, type Draft, bytesOf, type Message } from './message.ts';
import { DELETED_TOPIC, splitName } from './names.ts';
import type { PushPorts } from './pusher.ts';
import { Subscription } from './subscription.ts';
import { parseSubscription, type SubscriptionConfig, wireSubscription } from './subscription-config.ts';
import { parseTopic, type Topic } from './topic.ts';
import { applyMask, type WireFieldMask } from './update-mask.ts';
import type { WirePushConfig, WireSubscription, WireTopic } from './wire.ts';

export interface BrokerPorts extends PushPorts {
  readonly random: Random;
}

/**
 * Where the emulator stops keeping unacked messages of one subscription. The service has no such end; a subscription
 * that everybody forgot must not eat the machine, and a refused publish is noticed where a dropped message is not.
 */
const MAX_BACKLOG_BYTES = 512 * 1024 * 1024;
const MAX_BACKLOG_MESSAGES = 1_000_000;

const MUTABLE_TOPIC_FIELDS = ['labels', 'messageRetentionDuration', 'messageStoragePolicy', 'kmsKeyName'] as const;
const MUTABLE_SUBSCRIPTION_FIELDS = [
  'ackDeadlineSeconds',
  'deadLetterPolicy',
  'expirationPolicy',
  'labels',
  'messageRetentionDuration',
  'pushConfig',
  'retainAckedMessages',
  'retryPolicy',
] as const;

/** Topics, subscriptions and the way of a message from one to the others. */
export class Broker {
  readonly #ports: BrokerPorts;
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<string, Subscription>();
  #published = 0;

  constructor(ports: BrokerPorts) {
    this.#ports = ports;
  }

  topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values();
  }

  topic(name: string): Answer<Topic> {
    const topic = this.#topics.get(name);
    return topic === undefined ? refused('NOT_FOUND', `topic not found: topic=${name}`) : answered(topic);
  }

  subscription(name: string): Answer<Subscription> {
    const found = this.#subscriptions.get(name);
    return found === undefined
      ? refused('NOT_FOUND', `subscription does not exist: subscription=${name}`)
      : answered(found);
  }

  createTopic(wire: WireTopic): Answer<Topic> {
    const parsed = parseTopic(wire);
    if (!parsed.ok) return parsed;
    if (this.#topics.has(wire.name)) return refused('ALREADY_EXISTS', `topic already exists: topic=${wire.name}`);
    const topic: Topic = { name: wire.name, wire: parsed.value, subscriptions: new Set() };
    this.#topics.set(topic.name, topic);
    return answered(topic);
  }

  updateTopic(update: WireTopic, mask: WireFieldMask | null): Answer<Topic> {
    const topic = this.topic(update.name);
    if (!topic.ok) return topic;
    const wire = applyMask(topic.value.wire, update, mask, MUTABLE_TOPIC_FIELDS);
    if (!wire.ok) return wire;
    topic.value.wire = wire.value;
    return topic;
  }

  /** Its subscriptions stay, keep what they have, and receive nothing more even if a topic of that name comes again. */
  deleteTopic(name: string): Answer<Topic> {
    const topic = this.topic(name);
    if (!topic.ok) return topic;
    this.#topics.delete(name);
    for (const subscription of topic.value.subscriptions) {
      subscription.configure({ ...subscription.config, topic: DELETED_TOPIC });
    }
    return topic;
  }

  /** The ids of the messages, in the order given. */
  publish(topicName: string, drafts: readonly Draft[]): Answer<readonly string[]> {
    const topic = this.topic(topicName);
    if (!topic.ok) return topic;
    const checked = checkDrafts(drafts);
    if (!checked.ok) return checked;
    const full = [...topic.value.subscriptions].find(isFull);
    if (full !== undefined) {
      return refused('RESOURCE_EXHAUSTED', `backlog of a subscription is full: subscription=${full.name}`);
    }
    return answered(this.#spread(topic.value, checked.value));
  }

  createSubscription(wire: WireSubscription): Answer<Subscription> {
    const config = parseSubscription(wire);
    if (!config.ok) return config;
    if (this.#subscriptions.has(wire.name)) {
      return refused('ALREADY_EXISTS', `subscription already exists: subscription=${wire.name}`);
    }
    const topic = this.topic(wire.topic);
    if (!topic.ok) return topic;
    const deadLetter = this.#deadLetterTopic(config.value);
    if (!deadLetter.ok) return deadLetter;
    const incarnation = this.#ports.random.id();
    const subscription = new Subscription(config.value, incarnation, this.#ports, (from, message, attempts, to) =>
      this.#bury(from, message, attempts, to),
    );
    this.#subscriptions.set(subscription.name, subscription);
    topic.value.subscriptions.add(subscription);
    return answered(subscription);
  }

  updateSubscription(update: WireSubscription, mask: WireFieldMask | null): Answer<Subscription> {
    const subscription = this.subscription(update.name);
    if (!subscription.ok) return subscription;
    const current = wireSubscription(subscription.value.config);
    const wire = applyMask(current, update, mask, MUTABLE_SUBSCRIPTION_FIELDS);
    if (!wire.ok) return wire;
    const config = parseSubscription(wire.value);
    if (!config.ok) return config;
    const deadLetter = this.#deadLetterTopic(config.value);
    if (!deadLetter.ok) return deadLetter;
    subscription.value.configure(config.value);
    return subscription;
  }

  /** Null or an empty endpoint turns it into a pull subscription. */
  modifyPush(name: string, pushConfig: WirePushConfig | null): Answer<Subscription> {
    const subscription = this.subscription(name);
    if (!subscription.ok) return subscription;
    const current = wireSubscription(subscription.value.config);
    return this.updateSubscription({ ...current, pushConfig }, { paths: ['push_config'] });
  }

  deleteSubscription(name: string): Answer<Subscription> {
    const subscription = this.subscription(name);
    if (!subscription.ok) return subscription;
    this.#subscriptions.delete(name);
    for (const topic of this.#topics.values()) topic.subscriptions.delete(subscription.value);
    subscription.value.backlog.close(refused('NOT_FOUND', `subscription does not exist: subscription=${name}`));
    return subscription;
  }

  close(): void {
    for (const { backlog } of this.#subscriptions.values()) {
      backlog.close(refused('UNAVAILABLE', 'the emulator is shutting down'));
    }
  }

  #spread(topic: Topic, drafts: readonly Draft[]): readonly string[] {
    const publishedAt = this.#ports.clock.now();
    const messages = drafts.map((draft): Message => {
      const messageId = String(++this.#published);
      return { ...draft, messageId, publishedAt, bytes: bytesOf(draft) };
    });
    for (const subscription of topic.subscriptions) subscription.receive(messages);
    return messages.map(({ messageId }) => messageId);
  }

  /** Forwards a message as the service does: a new message that says where it comes from. */
  #bury(from: SubscriptionConfig, message: Message, attempts: number, topicName: string): boolean {
    const topic = this.#topics.get(topicName);
    if (topic === undefined) return false;
    const { project, id } = splitName(from.name);
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishedAt).toISOString(),
    };
    this.#spread(topic, [{ data: message.data, attributes, orderingKey: message.orderingKey }]);
    const { messageId } = message;
    this.#ports.observe({ event: 'dead-lettered', subscription: from.name, messageId, attempts, topic: topicName });
    return true;
  }

  #deadLetterTopic({ deadLetter }: SubscriptionConfig): Answer<unknown> {
    return deadLetter === undefined ? answered(undefined) : this.topic(deadLetter.topic);
  }
}

/** Looks once more without what has outlived its retention before it says so. */
function isFull({ backlog }: Subscription): boolean {
  const over = () => backlog.bytes >= MAX_BACKLOG_BYTES || backlog.messages >= MAX_BACKLOG_MESSAGES;
  if (over()) backlog.dropExpired();
  return over();
}
