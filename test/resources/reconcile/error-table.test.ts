import { expect, test } from 'vitest';
import { QueueError } from '../../../queue/errors.ts';
import { ResourceError } from '../../../resources/errors.ts';
import { classify, retryAfterMs } from '../../../resources/reconcile/error-table.ts';
import { reject } from '../../../services/reconciler/answer.ts';
import { RejectedError } from '../../../services/reconciler/rejected-error.ts';

const named = (name: string) => Object.assign(new Error(name), { name });
const withFields = (fields: object) => Object.assign(new Error('x'), fields);

test.for<[string, unknown, string]>([
  ['a store that is down', new QueueError('unavailable', 'x'), 'transient'],
  ['a bug of the queue', new QueueError('internal', 'x'), 'failed'],
  ['HTTP 500', withFields({ status: 500 }), 'transient'],
  ['HTTP 503 of a response', withFields({ response: { status: 503 } }), 'transient'],
  ['HTTP 429', withFields({ statusCode: 429 }), 'transient'],
  ['HTTP 408 as a code', withFields({ code: 408 }), 'transient'],
  ['a reset connection', withFields({ code: 'ECONNRESET' }), 'transient'],
  ['a name that is not found', withFields({ code: 'ENOTFOUND' }), 'transient'],
  ['what fetch throws', new TypeError('fetch failed', { cause: withFields({ code: 'UND_ERR_SOCKET' }) }), 'transient'],
  ['a timeout', named('TimeoutError'), 'transient'],
  ['an abort of its own', named('AbortError'), 'transient'],
  ['HTTP 409', withFields({ status: 409 }), 'conflict'],
  ['HTTP 412', withFields({ status: 412 }), 'conflict'],
  ['a lost race', new ResourceError('Conflict', 'x'), 'conflict'],
  ['a Status of Kubernetes', withFields({ reason: 'Conflict', code: 409 }), 'conflict'],
  ['HTTP 404', withFields({ status: 404 }), 'missing'],
  ['a resource that is not there', new ResourceError('NotFound', 'x'), 'missing'],
  ['HTTP 400', withFields({ status: 400 }), 'invalid'],
  ['HTTP 403', withFields({ status: 403 }), 'invalid'],
  ['HTTP 422', withFields({ status: 422 }), 'invalid'],
  ['a resource that breaks rules', new ResourceError('Invalid', 'x'), 'invalid'],
  ['HTTP 418', withFields({ status: 418 }), 'unknown'],
  ['a plain error', new Error('x'), 'failed'],
  ['a file that is not there', withFields({ code: 'ENOENT' }), 'failed'],
  ['a string', 'x', 'failed'],
  ['nothing', undefined, 'failed'],
  ['a rejection', new RejectedError('x'), 'ended'],
  ['a rejection that was thrown', reject('x'), 'ended'],
])('%s', ([, error, found]) => {
  expect(classify(error, false)).toBe(found);
});

test('an abort because the run was stopped says nothing', () => {
  expect(classify(named('AbortError'), true)).toBe('ended');
});

test('who asks to be left alone is: for seconds, or until a time', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const after = (value: string) => retryAfterMs(withFields({ headers: { 'retry-after': value } }), now);
  expect(after('7')).toBe(7_000);
  expect(after('Thu, 01 Jan 2026 00:01:00 GMT')).toBe(60_000);
  expect(after('Thu, 01 Jan 2020 00:01:00 GMT')).toBe(0);
  expect(after('soon')).toBeUndefined();
  expect(retryAfterMs(withFields({ response: { headers: new Headers({ 'Retry-After': '3' }) } }), now)).toBe(3_000);
  expect(retryAfterMs(new Error('x'), now)).toBeUndefined();
});
