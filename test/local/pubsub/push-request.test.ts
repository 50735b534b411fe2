import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../../local/pubsub/delivery.ts';
import type { Push } from '../../../local/pubsub/push-config.ts';
import { pushRequest } from '../../../local/pubsub/push-request.ts';

const push: Push = { endpoint: 'http://127.0.0.1/x', attributes: {}, oidc: undefined, shape: 'wrapped' };

function deliveryOf(attributes: Record<string, string>, orderingKey = ''): Delivery {
  const publishedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  const message = { messageId: '7', publishedAt, data: Buffer.from('hello'), attributes, orderingKey, bytes: 5 };
  return { ackId: 'x:1', message, attempt: 3 };
}

function bodyOf(delivery: Delivery, tellAttempt: boolean): unknown {
  return JSON.parse(pushRequest(push, 'projects/p/subscriptions/s', delivery, tellAttempt).body.toString());
}

describe('a wrapped push', () => {
  test('carries the message as JSON, ids and times in both spellings', () => {
    expect(bodyOf(deliveryOf({ a: '1' }), false)).toEqual({
      message: {
        attributes: { a: '1' },
        data: 'aGVsbG8=',
        messageId: '7',
        message_id: '7',
        publishTime: '2026-01-02T03:04:05.006Z',
        publish_time: '2026-01-02T03:04:05.006Z',
      },
      subscription: 'projects/p/subscriptions/s',
    });
  });

  test('tells the attempt and the ordering key where there is one', () => {
    expect(bodyOf(deliveryOf({}, 'k'), true)).toMatchObject({ deliveryAttempt: 3, message: { orderingKey: 'k' } });
  });
});

describe('an unwrapped push', () => {
  test('carries the data alone', () => {
    const request = pushRequest({ ...push, shape: 'unwrapped' }, 's', deliveryOf({ a: '1' }), true);
    expect(request).toEqual({ url: push.endpoint, headers: {}, body: Buffer.from('hello') });
  });

  test('carries metadata and attributes in headers, but none that would break the request', () => {
    const attributes = {
      'Content-Type': 'text/plain',
      'ce-id': '1',
      host: 'evil',
      'Content-Length': '0',
      'a b': 'no header name',
      newline: 'x\r\ny: z',
      'x-goog-pubsub-message-id': 'forged',
    };
    const shape = 'unwrapped-with-metadata';
    const { headers } = pushRequest(
      { ...push, shape },
      'projects/p/subscriptions/s',
      deliveryOf(attributes, 'k'),
      true,
    );
    expect(headers).toEqual({
      'content-type': 'text/plain',
      'ce-id': '1',
      'x-goog-pubsub-subscription-name': 'projects/p/subscriptions/s',
      'x-goog-pubsub-message-id': '7',
      'x-goog-pubsub-publish-time': '2026-01-02T03:04:05.006Z',
      'x-goog-pubsub-ordering-key': 'k',
      'x-goog-pubsub-delivery-attempt': '3',
    });
  });
});
