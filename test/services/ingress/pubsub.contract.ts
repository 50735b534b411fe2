import { PubSub } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Door } from '../../../services/ingress/door.ts';
import { ingressRules } from '../../../services/ingress/rules.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { receiving } from '../../support/receiver.ts';

export interface PubsubServer {
  readonly name: string;
  /** Why it cannot be had here. */
  readonly missing?: string | undefined;
  readonly start: () => Promise<{ port: number; close(): Promise<void> }>;
}

const RULES = {
  rules: [
    { name: 'objects', match: { bucket: { present: true } }, key: { template: '{bucket}/{name}' } },
    { name: 'orders', match: { 'attribute:kind': { equals: 'order' } }, key: { from: 'data:$.order.id' } },
    { name: 'events', key: { from: 'subject' } },
  ],
};

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What the official client publishes reaches the queue through a push subscription, wrapped and unwrapped. */
export function ingressContract({ name, missing, start }: PubsubServer): void {
  describe.skipIf(missing !== undefined)(`events pushed by ${name}`, () => {
    let server: Awaited<ReturnType<PubsubServer['start']>>;
    let client: PubSub;

    beforeAll(async () => {
      process.env['METADATA_SERVER_DETECTION'] = 'none';
      server = await start();
      client = new PubSub({ projectId: 'p1', apiEndpoint: `127.0.0.1:${server.port}`, emulatorMode: true });
    });
    afterAll(async () => {
      await client.close();
      await server.close();
    });

    test.each([
      { shape: 'wrapped', pushConfig: {} },
      { shape: 'unwrapped', pushConfig: { noWrapper: { writeMetadata: true } } },
    ])('$shape', async ({ shape, pushConfig }) => {
      const { receiver, journal, context } = receiving();
      const rules = ingressRules.parse(RULES);
      const door = new Door({ receiver, rules, journal, clock: systemClock, host: '127.0.0.1', port: 0 });
      const pushEndpoint = `http://127.0.0.1:${await door.listen()}/`;
      const [topic] = await client.createTopic(`topic-${shape}`);
      await topic.createSubscription(`sub-${shape}`, { pushConfig: { pushEndpoint, ...pushConfig } });

      const event = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/t', 'ce-type': 't', 'ce-subject': '100%' };
      await Promise.all([
        topic.publishMessage({ data: Buffer.from(''), attributes: { ...event, traceparent: TRACE } }),
        topic.publishMessage({ json: { order: { id: 12 } }, attributes: { kind: 'order' } }),
        topic.publishMessage({
          json: { specversion: '1.0', id: '2', source: '/t', type: 't', subject: 'whole' },
          attributes: { 'content-type': 'application/cloudevents+json' },
        }),
        topic.publishMessage({
          data: Buffer.from('{}'),
          attributes: { eventType: 'OBJECT_FINALIZE', bucketId: 'b', objectId: 'a/c.txt' },
        }),
        topic.publishMessage({ data: Buffer.from('no key'), attributes: { any: 'thing' } }),
      ]);

      await eventually('all messages', () => (journal.entries.length >= 5 ? true : undefined), 20_000);
      const { objects } = await context.store.list({ prefix: 'queued/' });
      expect(objects.map((object) => object.name)).toEqual([
        'queued/100%',
        'queued/12',
        'queued/b/a/c.txt',
        'queued/whole',
      ]);
      expect(objects[0]?.metadata['traceparent']).toBe(TRACE);
      expect(journal.events.filter((each) => each === 'ingress.ignored').length).toBe(1);
      await door.close(1_000);
    });
  });
}
