import { readFileSync } from 'node:fs';
import { type CloudEvent, HTTP } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import { failureMessage } from '../../services/dispatcher/failure-events.ts';
import { parseEnvelope } from '../../services/ingress/envelope.ts';
import { eventOfMessage } from '../../services/ingress/pubsub-message.ts';
import { route } from '../../services/ingress/route.ts';
import { DEFAULT_RULES, ingressRules } from '../../services/ingress/rules.ts';
import { withLogEvents } from './events-table.ts';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

function blocks(kind: string): string[] {
  return [...page.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === kind)
    .map((match) => match[2] ?? '');
}

function onlyBlock(kind: string): unknown {
  const [block, ...more] = blocks(kind);
  expect(more).toEqual([]);
  return JSON.parse(block ?? '');
}

/** Headers and body of a request as the page writes it. */
function requestIn(block: string) {
  const [head = '', body = ''] = block.split('\n\n');
  const [first, ...lines] = head.split('\n');
  expect(first).toBe('POST / HTTP/1.1');
  const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
  return { headers, body: Buffer.from(body.trim()) };
}

describe('docs/events.md', () => {
  test('every request of the page queues the key that it says', () => {
    const requests = blocks('http').map(requestIn);
    expect(requests.length).toBe(4);
    const rules = ingressRules.parse(DEFAULT_RULES);
    for (const { headers, body } of requests) {
      const events = parseEnvelope(headers, body);
      expect(events).toMatchObject({ ok: true, value: [{ type: 'order.changed', source: '/shop', id: '1' }] });
      const [event] = events.ok ? events.value : [];
      expect(event && route(rules, event)).toMatchObject({ kind: 'wish', wish: { key: 'orders/7' } });
      expect(event?.data()).toEqual({ total: 12 });
    }
  });

  test('the rules of the page do what it says', () => {
    const rules = ingressRules.parse(onlyBlock('json rules'));
    const routed = (attributes: Record<string, string>, data = '') => {
      const event = eventOfMessage({
        id: '1',
        subscription: 's',
        attributes: new Map(Object.entries(attributes)),
        data: Buffer.from(data),
      });
      return event.ok ? route(rules, event.value) : event.problem;
    };
    expect(routed({ eventType: 'OBJECT_FINALIZE', bucketId: 'photos', objectId: 'a/b.jpg' })).toMatchObject({
      rule: 'photos',
      wish: { key: 'photos/a/b.jpg' },
    });
    expect(routed({ kind: 'order' }, '{"order":{"id":7}}')).toMatchObject({
      rule: 'orders',
      wish: { key: 'orders/7', delaySeconds: 30 },
    });
    const event = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/s',
      'ce-type': 'order.changed',
      'ce-subject': 'k',
    };
    expect(routed({ ...event, 'ce-urgent': 'yes' })).toMatchObject({ rule: 'urgent-orders', wish: { priority: 10 } });
    expect(routed(event)).toMatchObject({ rule: 'rest', wish: { key: 'k', priority: 0 } });
  });

  test('the failure event of the page is what is published, and the library for CloudEvents takes it', () => {
    const example = onlyBlock('json failure') as { attributes: Record<string, string>; data: never };
    const { attributes } = example;
    const published = failureMessage(example.data, {
      id: attributes['ce-id'] ?? '',
      source: attributes['ce-source'] ?? '',
      timeMs: Date.parse(attributes['ce-time'] ?? ''),
    });
    expect(published.attributes).toEqual(attributes);
    expect(JSON.parse(published.data)).toEqual(example.data);
    const event = HTTP.toEvent({ headers: published.attributes, body: published.data }) as CloudEvent;
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({ subject: 'orders/7', time: '2026-11-21T08:00:00.000Z', data: example.data });

    const taken = eventOfMessage({
      id: '1',
      subscription: 's',
      attributes: new Map(Object.entries(published.attributes)),
      data: Buffer.from(published.data),
    });
    const rules = ingressRules.parse(DEFAULT_RULES);
    expect(taken.ok && route(rules, taken.value)).toMatchObject({ kind: 'wish', wish: { key: 'orders/7' } });
  });

  test('every log event of the catalogue is on the page: after a change, `npm run docs:events`', () => {
    expect(page).toBe(withLogEvents(page));
    expect(page).toContain('| `key.started` | a run began |');
  });
});
