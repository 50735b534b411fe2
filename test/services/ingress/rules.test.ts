import { describe, expect, test } from 'vitest';
import { ingressConfig } from '../../../services/ingress/config.ts';
import { parseEnvelope } from '../../../services/ingress/envelope.ts';
import type { IncomingEvent } from '../../../services/ingress/incoming-event.ts';
import { parseJsonPath, valueAt } from '../../../services/ingress/json-path.ts';
import { route } from '../../../services/ingress/route.ts';
import { ingressRules } from '../../../services/ingress/rules.ts';
import { parseConfig } from '../../../services/runtime/config.ts';

const EVENT: IncomingEvent = {
  id: '7',
  source: '/shop',
  type: 'order.changed',
  subject: 'orders/7',
  extensions: new Map([['tenant', 'acme']]),
  attributes: new Map([
    ['stage', 'prod'],
    ['empty', ''],
  ]),
  data: () => ({ order: { id: 7, lines: ['x', { sku: 'y' }], ready: false, none: null, 'odd name': 'z' } }),
};

function keyOf(key: object, event: IncomingEvent = EVENT) {
  const routed = route(ingressRules.parse({ rules: [{ name: 'a', key }] }), event);
  return routed.kind === 'wish' ? routed.wish.key : routed.kind === 'ignored' ? routed.why : routed.problem;
}

function matches(match: object, event: IncomingEvent = EVENT): boolean {
  const routed = route(ingressRules.parse({ rules: [{ name: 'a', match, key: { from: 'id' } }] }), event);
  return routed.kind === 'wish';
}

describe('the key of an event', () => {
  test.each<[object, string]>([
    [{ from: 'subject' }, 'orders/7'],
    [{ from: 'id' }, '7'],
    [{ from: 'extension:tenant' }, 'acme'],
    [{ from: 'attribute:stage' }, 'prod'],
    [{ from: 'data:$.order.id' }, '7'],
    [{ from: 'data:$.order.ready' }, 'false'],
    [{ from: 'data:$.order.lines[1].sku' }, 'y'],
    [{ from: "data:$.order['odd name']" }, 'z'],
    [{ template: '{extension:tenant}/{subject}' }, 'acme/orders/7'],
    [{ template: '{{{data:$.order.lines[0]}}}' }, '{x}'],
    [{ from: 'data:$.order.id', template: 'order-{value}' }, 'order-7'],
  ])('%j is %s', (key, expected) => {
    expect(keyOf(key)).toBe(expected);
  });

  test.each<[object]>([
    [{ from: 'attribute:empty' }],
    [{ from: 'attribute:constructor' }],
    [{ from: 'extension:other' }],
    [{ from: 'data:$.order.none' }],
    [{ from: 'data:$.order.lines' }],
    [{ from: 'data:$.order.lines.length' }],
    [{ from: 'data:$.order.constructor' }],
    [{ from: 'name' }],
    [{ template: '{extension:tenant}/{extension:other}' }],
  ])('%j is not there', (key) => {
    expect(keyOf(key)).toBe('no key');
  });

  test('is refused where it breaks the rules of keys, never mended', () => {
    expect(keyOf({ from: 'subject' }, { ...EVENT, subject: '..' })).toContain('key may not be "." or ".."');
    expect(keyOf({ from: 'subject' }, { ...EVENT, subject: 'x'.repeat(1001) })).toContain('longer than 1000 bytes');
  });
});

describe('a rule', () => {
  test.each<[object, boolean]>([
    [{}, true],
    [{ type: { equals: 'order.changed' } }, true],
    [{ type: { equals: 'order' } }, false],
    [{ type: { prefix: 'order.' } }, true],
    [{ type: { prefix: 'invoice.' } }, false],
    [{ 'attribute:stage': { present: true } }, true],
    [{ 'attribute:other': { present: true } }, false],
    [{ 'attribute:other': { present: false } }, true],
    [{ 'attribute:stage': { present: false } }, false],
    [{ 'attribute:empty': { present: true } }, false],
    [{ 'data:$.order.id': { equals: '7' } }, true],
    [{ type: { prefix: 'order.' }, 'extension:tenant': { equals: 'other' } }, false],
    [{ 'extension:other': { prefix: 'a' } }, false],
  ])('that asks for %j: %s', (match, expected) => {
    expect(matches(match)).toBe(expected);
  });

  test('that matches first decides, even if it finds no key', () => {
    const rules = ingressRules.parse({
      rules: [
        { name: 'no', match: { type: { equals: 'x' } }, key: { from: 'id' } },
        { name: 'first', match: { type: { prefix: 'order' } }, key: { from: 'extension:other' } },
        { name: 'second', key: { from: 'id' } },
      ],
    });
    expect(route(rules, EVENT)).toEqual({ kind: 'ignored', why: 'no key', rule: 'first' });
    expect(route(rules, { ...EVENT, type: 'y' })).toMatchObject({ kind: 'wish', rule: 'second' });
  });
});

describe('the configuration', () => {
  const rule = { name: 'a', key: { from: 'subject' } };
  test.each<[string, unknown, string]>([
    ['no object', 'x', 'expected object'],
    ['no rules', { rules: [] }, 'rules: '],
    ['no name', { rules: [{ key: { from: 'subject' } }] }, 'rules.0.name: '],
    ['one name twice', { rules: [rule, rule] }, 'two rules have one name'],
    ['an unknown word', { rules: [{ ...rule, prio: 3 }] }, 'prio'],
    ['no key', { rules: [{ name: 'a', key: {} }] }, 'rules.0.key: must have from, template or both'],
    ['an unknown place', { rules: [{ name: 'a', key: { from: 'body' } }] }, 'rules.0.key.from: must be id, source'],
    [
      'a bad extension',
      { rules: [{ name: 'a', key: { from: 'extension:A-b' } }] },
      'extension names are of a-z and 0-9',
    ],
    ['a bad path', { rules: [{ name: 'a', key: { from: 'data:$..a' } }] }, 'JSON path must be $ followed by'],
    [
      'a bad place in a match',
      { rules: [{ ...rule, match: { 'attributes.x': { present: true } } }] },
      'rules.0.match: ',
    ],
    [
      'two conditions in one',
      { rules: [{ ...rule, match: { type: { equals: 'a', prefix: 'b' } } }] },
      'must be one of',
    ],
    ['a brace that stands alone', { rules: [{ name: 'a', key: { template: 'a}b' } }] }, 'brace that stands alone'],
    ['a template of text alone', { rules: [{ name: 'a', key: { template: 'abc' } }] }, 'names no place of the event'],
    ['{value} of nothing', { rules: [{ name: 'a', key: { template: '{value}' } }] }, 'template: must be id, source'],
    ['a priority out of range', { rules: [{ ...rule, priority: 1e9 }] }, 'rules.0.priority: must be a whole number'],
    ['a delay with a fraction', { rules: [{ ...rule, delaySeconds: 0.5 }] }, 'rules.0.delaySeconds: must be a whole'],
  ])('is refused with %s', (_name, config, problem) => {
    const env = {
      ...{ LEVELSET_QUEUE: 'q', LEVELSET_BUCKET: 'b', LEVELSET_PROJECT: 'p', LEVELSET_TOPIC: 't' },
      LEVELSET_REGIONS: 'a',
      LEVELSET_INGRESS: JSON.stringify(config),
    };
    const parsed = parseConfig(ingressConfig, env);
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
    expect(parsed.ok || parsed.problem).toMatch(/^LEVELSET_INGRESS: /);
  });

  test('tells all problems of all rules at once', () => {
    const parsed = ingressRules.safeParse({
      rules: [
        { name: 'A', key: { from: 'x' } },
        { ...rule, priority: -1 },
      ],
    });
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual([
      'rules.0.name',
      'rules.0.key.from',
      'rules.1.priority',
    ]);
  });

  test('has rules in their order; without any, the subject is the key', () => {
    const env = {
      ...{ LEVELSET_QUEUE: 'q', LEVELSET_BUCKET: 'b', LEVELSET_PROJECT: 'p', LEVELSET_TOPIC: 't' },
      LEVELSET_REGIONS: 'a',
    };
    const parsed = parseConfig(ingressConfig, env);
    expect(parsed.ok && route(parsed.value.rules, EVENT)).toMatchObject({ wish: { key: 'orders/7', priority: 0 } });
  });
});

test('JSON paths are read back as they were meant, and lead to own members only', () => {
  for (const text of ['a', '$a', '$.', '$[', '$[-1]', '$["a]', '$.a b', '']) expect(parseJsonPath(text).ok).toBe(false);
  const path = parseJsonPath('$.a[0]["b.c"]');
  expect(path).toEqual({ ok: true, value: ['a', 0, 'b.c'] });
  expect(path.ok && valueAt(path.value, { a: [{ 'b.c': 1 }] })).toBe(1);
  expect(valueAt([0], { 0: 'a' })).toBeUndefined();
  expect(valueAt(['__proto__'], {})).toBeUndefined();
  expect(valueAt([], 'whole')).toBe('whole');
});

describe('Cloud Storage', () => {
  const byName = { rules: [{ name: 'objects', key: { template: '{bucket}/{name}' } }] };
  const keyIn = (headers: Record<string, string>, body: object | string) => {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const events = parseEnvelope(headers, bytes);
    if (!events.ok) return events.problem;
    const [event] = events.value;
    return event && route(ingressRules.parse(byName), event);
  };
  const attributes = { eventType: 'OBJECT_FINALIZE', bucketId: 'photos', objectId: 'a/ü b.jpg', objectGeneration: '1' };

  test('one rule serves a notification, wrapped, and what Eventarc makes of it', () => {
    const wrapped = { message: { attributes, data: '', messageId: '1' }, subscription: 's' };
    expect(keyIn({}, wrapped)).toMatchObject({ wish: { key: 'photos/a/ü b.jpg' } });
    const eventarc = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-type': 'google.cloud.storage.object.v1.finalized',
      'ce-source': '//storage.googleapis.com/projects/_/buckets/photos',
      'ce-subject': 'objects/a/%C3%BC%20b.jpg',
      'ce-bucket': 'photos',
    };
    expect(keyIn(eventarc, {})).toMatchObject({ wish: { key: 'photos/a/ü b.jpg' } });
  });

  test('also unwrapped, where attributes are headers in lower case', () => {
    const headers = {
      ...{ 'x-goog-pubsub-message-id': '1', 'x-goog-pubsub-subscription-name': 's' },
      ...{ eventtype: 'OBJECT_DELETE', bucketid: 'photos', objectid: 'a.jpg' },
    };
    expect(keyIn(headers, '')).toMatchObject({ wish: { key: 'photos/a.jpg' } });
  });

  test('an event of something else has neither bucket nor name', () => {
    expect(keyIn({}, { message: { attributes: { bucketId: 'photos' }, messageId: '1' } })).toMatchObject({
      why: 'no key',
    });
  });
});

test('credentials in headers are no attributes', () => {
  const headers = { 'x-goog-pubsub-message-id': '1', authorization: 'Bearer secret', stage: 'prod' };
  const events = parseEnvelope(headers, Buffer.from(''));
  const [event] = events.ok ? events.value : [];
  expect([...(event?.attributes.keys() ?? [])]).toEqual(['x-goog-pubsub-message-id', 'stage']);
});

test('the trace of a message is in one of three places, its own before that of the push', () => {
  const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const pushed = '00-11111111111111111111111111111111-2222222222222222-01';
  const traceOf = (attributes: Record<string, string>) => {
    const body = JSON.stringify({ message: { messageId: '1', attributes } });
    const events = parseEnvelope({ traceparent: pushed }, Buffer.from(body));
    return events.ok && events.value[0]?.traceparent;
  };
  expect(traceOf({ traceparent: own })).toBe(own);
  expect(traceOf({ googclient_traceparent: own })).toBe(own);
  expect(traceOf({})).toBe(pushed);
});
