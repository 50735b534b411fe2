import { test } from 'vitest';

/** The pages that the properties are written from. */
export const SOURCES = {
  preconditions: ['Request preconditions', 'https://cloud.google.com/storage/docs/request-preconditions'],
  metadata: ['Object metadata', 'https://cloud.google.com/storage/docs/metadata'],
  consistency: ['Cloud Storage consistency', 'https://cloud.google.com/storage/docs/consistency'],
  objects: ['About Cloud Storage objects', 'https://cloud.google.com/storage/docs/objects'],
  storageQuotas: ['Quotas & limits (Cloud Storage)', 'https://cloud.google.com/storage/quotas'],
  list: ['Objects: list', 'https://cloud.google.com/storage/docs/json_api/v1/objects/list'],
  insert: ['Objects: insert', 'https://cloud.google.com/storage/docs/json_api/v1/objects/insert'],
  patch: ['Objects: patch', 'https://cloud.google.com/storage/docs/json_api/v1/objects/patch'],
  rewrite: ['Objects: rewrite', 'https://cloud.google.com/storage/docs/json_api/v1/objects/rewrite'],
  hashes: ['Data validation', 'https://cloud.google.com/storage/docs/data-validation'],
  versioning: ['Object Versioning', 'https://cloud.google.com/storage/docs/object-versioning'],
  pubsubQuotas: ['Pub/Sub quotas and limits', 'https://cloud.google.com/pubsub/quotas'],
  push: ['Push subscriptions', 'https://cloud.google.com/pubsub/docs/push'],
  filter: ['Filter messages from a subscription', 'https://cloud.google.com/pubsub/docs/subscription-message-filter'],
  subscriber: ['Subscription properties', 'https://cloud.google.com/pubsub/docs/subscription-properties'],
  failures: ['Handle message failures', 'https://cloud.google.com/pubsub/docs/handling-failures'],
  deadLetters: ['Dead-letter topics', 'https://cloud.google.com/pubsub/docs/dead-letter-topics'],
  retry: ['Subscription retry policy', 'https://cloud.google.com/pubsub/docs/subscription-retry-policy'],
  ordering: ['Order messages', 'https://cloud.google.com/pubsub/docs/ordering'],
  subscribe: ['Subscribe: at-least-once delivery', 'https://cloud.google.com/pubsub/docs/subscription-overview'],
} as const;

/**
 * A test that holds an emulator to what a page of the documentation says; the page is in its name. `except`: how the target is
 * known to differ, for which the test is skipped.
 */
export function documented(
  source: keyof typeof SOURCES,
  says: string,
  holds: () => void | Promise<void>,
  except?: string,
): void {
  const [title, url] = SOURCES[source];
  if (except === undefined) test(`${says} [${title}: ${url}]`, holds);
  else test.skip(`${says} [${title}: ${url}], but ${except}`, holds);
}
