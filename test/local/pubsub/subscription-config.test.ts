import { describe, expect, test } from 'vitest';
import { parseSubscription, wireSubscription } from '../../../local/pubsub/subscription-config.ts';
import type { WireSubscription } from '../../../local/pubsub/wire.ts';
import { subscriptionWire } from './subscription-wire.ts';

const seconds = (count: number) => ({ seconds: count, nanos: 0 });
const graves = 'projects/p/topics/graves';

function outcome(overrides: Partial<WireSubscription>): string {
  const parsed = parseSubscription(subscriptionWire(overrides));
  return parsed.ok ? 'accepted' : parsed.code;
}

describe('a subscription', () => {
  test('is given the documented defaults', () => {
    const parsed = parseSubscription(
      subscriptionWire({
        retryPolicy: { minimumBackoff: null, maximumBackoff: null },
        deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 0 },
      }),
    );
    expect(parsed).toMatchObject({
      value: {
        ackDeadlineMs: 10_000,
        retentionMs: 604_800_000,
        expireAfterMs: 2_678_400_000,
        retry: { minBackoffMs: 10_000, maxBackoffMs: 600_000 },
        deadLetter: { maxAttempts: 5 },
        push: undefined,
      },
    });
  });

  test.each<[string, Partial<WireSubscription>]>([
    ['plain', {}],
    ['never expires', { expirationPolicy: { ttl: null } }],
    ['pushes', { pushConfig: { pushEndpoint: 'http://localhost/x', attributes: { 'x-goog-version': 'v1' } } }],
    [
      'pushes data only',
      {
        pushConfig: {
          pushEndpoint: 'https://localhost/x',
          attributes: {},
          noWrapper: { writeMetadata: true },
          oidcToken: { serviceAccountEmail: 'a@b', audience: 'c' },
        },
      },
    ],
    ['retries', { retryPolicy: { minimumBackoff: { seconds: 0, nanos: 5e8 }, maximumBackoff: seconds(2) } }],
    ['buries', { deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 7 } }],
  ])('that %s survives the way through the wire', (_, overrides) => {
    const parsed = parseSubscription(subscriptionWire(overrides));
    if (!parsed.ok) throw new Error(parsed.problem);
    const again = parseSubscription(wireSubscription(parsed.value));
    if (!again.ok) throw new Error(again.problem);
    const { matches: _first, ...config } = parsed.value;
    const { matches: _second, ...configAgain } = again.value;
    expect(configAgain).toEqual(config);
  });

  test.each<[string, Partial<WireSubscription>, string]>([
    ['name without a project', { name: 'subscriptions/abc' }, 'INVALID_ARGUMENT'],
    ['name of two letters', { name: 'projects/p/subscriptions/ab' }, 'INVALID_ARGUMENT'],
    ['name of three letters', { name: 'projects/p/subscriptions/abc' }, 'accepted'],
    ['name of 255 letters', { name: `projects/p/subscriptions/${'a'.repeat(255)}` }, 'accepted'],
    ['name of 256 letters', { name: `projects/p/subscriptions/${'a'.repeat(256)}` }, 'INVALID_ARGUMENT'],
    ['name that starts with a digit', { name: 'projects/p/subscriptions/1abc' }, 'INVALID_ARGUMENT'],
    ['name that starts with goog', { name: 'projects/p/subscriptions/googabc' }, 'INVALID_ARGUMENT'],
    ['name with every allowed sign', { name: 'projects/p/subscriptions/a-_.~+%' }, 'accepted'],
    ['topic that is no topic', { topic: 'projects/p/subscriptions/abc' }, 'INVALID_ARGUMENT'],
    ['deadline of 9 s', { ackDeadlineSeconds: 9 }, 'INVALID_ARGUMENT'],
    ['deadline of 600 s', { ackDeadlineSeconds: 600 }, 'accepted'],
    ['deadline of 601 s', { ackDeadlineSeconds: 601 }, 'INVALID_ARGUMENT'],
    ['retention of 599 s', { messageRetentionDuration: seconds(599) }, 'INVALID_ARGUMENT'],
    ['retention of 31 days', { messageRetentionDuration: seconds(31 * 86_400) }, 'accepted'],
    ['retention above 31 days', { messageRetentionDuration: seconds(31 * 86_400 + 1) }, 'INVALID_ARGUMENT'],
    ['expiry below a day', { expirationPolicy: { ttl: seconds(86_399) } }, 'INVALID_ARGUMENT'],
    [
      'backoff above 600 s',
      { retryPolicy: { minimumBackoff: null, maximumBackoff: seconds(601) } },
      'INVALID_ARGUMENT',
    ],
    [
      'backoff that shrinks',
      { retryPolicy: { minimumBackoff: seconds(5), maximumBackoff: seconds(4) } },
      'INVALID_ARGUMENT',
    ],
    ['4 attempts', { deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 4 } }, 'INVALID_ARGUMENT'],
    ['100 attempts', { deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 100 } }, 'accepted'],
    ['101 attempts', { deadLetterPolicy: { deadLetterTopic: graves, maxDeliveryAttempts: 101 } }, 'INVALID_ARGUMENT'],
    ['graves nowhere', { deadLetterPolicy: { deadLetterTopic: '', maxDeliveryAttempts: 5 } }, 'INVALID_ARGUMENT'],
    ['filter that does not parse', { filter: 'nonsense' }, 'INVALID_ARGUMENT'],
    ['endpoint that is no URL', { pushConfig: { pushEndpoint: 'nonsense', attributes: {} } }, 'INVALID_ARGUMENT'],
    ['endpoint that is no http', { pushConfig: { pushEndpoint: 'ftp://x/', attributes: {} } }, 'INVALID_ARGUMENT'],
    ['exactly-once delivery', { enableExactlyOnceDelivery: true }, 'UNIMPLEMENTED'],
    ['export to BigQuery', { bigqueryConfig: {} }, 'UNIMPLEMENTED'],
    ['transforms', { messageTransforms: [{}] }, 'UNIMPLEMENTED'],
  ])('with a %s', (_, overrides, expected) => {
    expect(outcome(overrides)).toBe(expected);
  });
});
