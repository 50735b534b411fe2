/** What a subscription's topic is called once the topic has been deleted (pubsub.proto, `Subscription.topic`). */
export const DELETED_TOPIC = '_deleted-topic_';

/**
 * Letter first, 3 to 255 characters, not starting with "goog" (pubsub.proto, `Topic.name`). The project is taken as it
 * comes: local projects are not held to the rules of Resource Manager.
 */
const ID = String.raw`(?!goog)[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}`;
const TOPIC = new RegExp(String.raw`^projects/[^/\s]+/topics/${ID}$`);
const SUBSCRIPTION = new RegExp(String.raw`^projects/[^/\s]+/subscriptions/${ID}$`);
const PROJECT = /^projects\/[^/\s]+$/;

export function isTopicName(name: string): boolean {
  return TOPIC.test(name);
}

export function isSubscriptionName(name: string): boolean {
  return SUBSCRIPTION.test(name);
}

export function isProjectName(name: string): boolean {
  return PROJECT.test(name);
}

/** `{ project: 'p', id: 's' }` of `projects/p/subscriptions/s`. */
export function splitName(name: string): { project: string; id: string } {
  const [, project = '', , id = ''] = name.split('/');
  return { project, id };
}
