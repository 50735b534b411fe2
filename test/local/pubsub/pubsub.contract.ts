import { type Message, PubSub, type Subscription, type Topic } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { PubsubTarget } from './pubsub-target.ts';
import { startPushEndpoint } from './push-endpoint.ts';

const NOT_FOUND = { code: 5 };
const ALREADY_EXISTS = { code: 6 };
const INVALID_ARGUMENT = { code: 3 };
const FAILED_PRECONDITION = { code: 9 };

/** What the official client may expect of a Pub/Sub. One server serves all tests; each uses names of its own. */
export function pubsubContract({ name, missing, start, deviations }: PubsubTarget): void {
  describe.skipIf(missing !== undefined)(`Pub/Sub as ${name} has it`, () => {
    let server: { port: number; close(): Promise<void> };
    let client: PubSub;
    let named = 0;

    beforeAll(async () => {
      // Without it the client's authentication looks for a metadata server, in vain.
      process.env['METADATA_SERVER_DETECTION'] = 'none';
      server = await start();
      client = new PubSub({ projectId: 'p1', apiEndpoint: `127.0.0.1:${server.port}`, emulatorMode: true });
    });

    afterAll(async () => {
      await client.close();
      await server.close();
    });

    const fresh = (kind: string) => `${kind}-${++named}`;

    async function makeTopic(): Promise<Topic> {
      const [topic] = await client.createTopic(fresh('topic'));
      return topic;
    }

    async function makeSubscription(topic: Topic, options: Parameters<Topic['createSubscription']>[1] = {}) {
      const [subscription] = await topic.createSubscription(fresh('sub'), options);
      return subscription;
    }

    /** Opens the subscription and gives each message to `handle` until it says that it has seen enough. */
    function receive(subscription: Subscription, handle: (message: Message) => 'more' | 'enough'): Promise<void> {
      onTestFinished(() => subscription.close());
      return new Promise((resolve, reject) => {
        subscription.on('error', reject);
        subscription.on('message', (message: Message) => {
          if (handle(message) === 'enough') resolve();
        });
      });
    }

    async function received(subscription: Subscription, count: number): Promise<Message[]> {
      const messages: Message[] = [];
      await receive(subscription, (message) => {
        message.ack();
        messages.push(message);
        return messages.length === count ? 'enough' : 'more';
      });
      return messages;
    }

    async function pulled(subscription: Subscription, maxMessages = 10) {
      const subscriber = await rawSubscriber();
      const [response] = await subscriber.pull({ subscription: subscription.name, maxMessages });
      return response.receivedMessages ?? [];
    }

    /** The generated client below the official one, for the calls that it does not offer. */
    async function rawSubscriber() {
      const { v1 } = await import('@google-cloud/pubsub');
      const raw = new v1.SubscriberClient({ ...(await client.getClientConfig()) });
      onTestFinished(() => raw.close());
      return raw;
    }

    test('a topic can be created, found, listed and deleted', async () => {
      const topic = await makeTopic();
      expect(await topic.exists()).toEqual([true]);
      const [topics] = await client.getTopics();
      expect(topics.map((listed) => listed.name)).toContain(topic.name);
      await topic.delete();
      expect(await topic.exists()).toEqual([false]);
    });

    test('a subscription can be created, found, listed and deleted', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic, { ackDeadlineSeconds: 30 });
      const [metadata] = await subscription.getMetadata();
      expect(metadata).toMatchObject({ name: subscription.name, topic: topic.name, ackDeadlineSeconds: 30 });
      const [ofTopic] = await topic.getSubscriptions();
      expect(ofTopic.map((listed) => listed.name)).toEqual([subscription.name]);
      const [ofProject] = await client.getSubscriptions();
      expect(ofProject.map((listed) => listed.name)).toContain(subscription.name);
      await subscription.delete();
      expect(await subscription.exists()).toEqual([false]);
    });

    test('lists come in pages', async () => {
      const topic = await makeTopic();
      const names = [];
      for (let n = 0; n < 5; n++) names.push((await makeSubscription(topic)).name);
      const listed: string[] = [];
      let pageToken: string | undefined;
      do {
        const [page, , response] = await topic.getSubscriptions({
          pageSize: 2,
          autoPaginate: false,
          ...(pageToken && { pageToken }),
        });
        expect(page.length).toBeLessThanOrEqual(2);
        listed.push(...page.map((subscription) => subscription.name));
        pageToken = response?.nextPageToken ?? undefined;
      } while (pageToken);
      expect(listed.sort()).toEqual(names.sort());
    });

    test('what exists is not created again, and what does not exist is not found', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic);
      await expect(client.createTopic(topic.name)).rejects.toMatchObject(ALREADY_EXISTS);
      await expect(topic.createSubscription(subscription.name)).rejects.toMatchObject(ALREADY_EXISTS);
      await expect(client.topic('nowhere').getMetadata()).rejects.toMatchObject(NOT_FOUND);
      await expect(client.topic('nowhere').delete()).rejects.toMatchObject(NOT_FOUND);
      await expect(client.topic('nowhere').publishMessage({ data: Buffer.from('x') })).rejects.toMatchObject(NOT_FOUND);
      await expect(client.topic('nowhere').createSubscription('sub')).rejects.toMatchObject(NOT_FOUND);
      await expect(client.subscription('nowhere').getMetadata()).rejects.toMatchObject(NOT_FOUND);
      await expect(client.subscription('nowhere').delete()).rejects.toMatchObject(NOT_FOUND);
      await expect(pulled(client.subscription('nowhere'))).rejects.toMatchObject(NOT_FOUND);
      const deadLetterPolicy = { deadLetterTopic: client.topic('nowhere').name, maxDeliveryAttempts: 5 };
      await expect(makeSubscription(topic, { deadLetterPolicy })).rejects.toMatchObject(NOT_FOUND);
    });

    test('what breaks a rule is refused', async () => {
      const topic = await makeTopic();
      await expect(client.createTopic('x')).rejects.toMatchObject(INVALID_ARGUMENT);
      await expect(client.createTopic('goog-x')).rejects.toMatchObject(INVALID_ARGUMENT);
      await expect(makeSubscription(topic, { ackDeadlineSeconds: 601 })).rejects.toMatchObject(INVALID_ARGUMENT);
      await expect(makeSubscription(topic, { pushEndpoint: 'nonsense' })).rejects.toMatchObject(INVALID_ARGUMENT);
      await expect(topic.publishMessage({ attributes: {}, data: Buffer.alloc(0) })).rejects.toMatchObject(
        INVALID_ARGUMENT,
      );
      await expect(pulled(await makeSubscription(topic), 0)).rejects.toMatchObject(INVALID_ARGUMENT);
      const subscriber = await rawSubscriber();
      const subscription = await makeSubscription(topic);
      await expect(
        subscriber.acknowledge({ subscription: subscription.name, ackIds: ['never given out'] }),
      ).rejects.toMatchObject(INVALID_ARGUMENT);
      await expect(
        subscriber.updateSubscription({ subscription: { name: subscription.name }, updateMask: { paths: ['topic'] } }),
      ).rejects.toMatchObject(INVALID_ARGUMENT);
    });

    test('an attribute of the reserved prefix is refused', async () => {
      const publish = (await makeTopic()).publishMessage({ attributes: { googly: '1' } });
      if (deviations.takesGoogAttributes) await expect(publish).resolves.toBeTruthy();
      else await expect(publish).rejects.toMatchObject(INVALID_ARGUMENT);
    });

    test('a message arrives at every subscription with what it was published with', async () => {
      const topic = await makeTopic();
      const both = [await makeSubscription(topic), await makeSubscription(topic)];
      const messageId = await topic.publishMessage({ data: Buffer.from('hello'), attributes: { a: '1', b: 'ü' } });
      for (const subscription of both) {
        const [message] = await received(subscription, 1);
        expect(message).toMatchObject({ id: messageId, attributes: { a: '1', b: 'ü' } });
        expect(message?.data.toString()).toBe('hello');
        expect(message?.publishTime.getTime()).toBeGreaterThan(Date.UTC(2020));
      }
    });

    test('a message of attributes alone arrives', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic);
      await topic.publishMessage({ attributes: { only: 'this' } });
      const [message] = await received(subscription, 1);
      expect(message?.attributes).toEqual({ only: 'this' });
      expect(message?.data).toHaveLength(0);
    });

    test('many messages all arrive, each once', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic);
      const wanted = Array.from({ length: 2000 }, (_, n) => String(n));
      const arrived = received(subscription, wanted.length);
      await Promise.all(wanted.map((text) => topic.publishMessage({ data: Buffer.from(text) })));
      const texts = (await arrived).map(({ data }) => data.toString());
      expect(texts.sort()).toEqual(wanted.sort());
    });

    test('a client is given no more than it wants to hold, and all in the end', async () => {
      const topic = await makeTopic();
      const made = await makeSubscription(topic);
      const streamingOptions = { maxStreams: 1 };
      const subscription = client.subscription(made.name, { flowControl: { maxMessages: 3 }, streamingOptions });
      for (let n = 0; n < 20; n++) await topic.publishMessage({ data: Buffer.from(String(n)) });
      const held: Message[] = [];
      let seen = 0;
      await receive(subscription, (message) => {
        held.push(message);
        expect(held.length).toBeLessThanOrEqual(3);
        seen++;
        if (held.length === 3 || seen === 20) for (const each of held.splice(0)) each.ack();
        return seen === 20 ? 'enough' : 'more';
      });
    });

    test('a nacked message comes again', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic);
      const messageId = await topic.publishMessage({ data: Buffer.from('again') });
      const ids: string[] = [];
      await receive(subscription, (message) => {
        ids.push(message.id);
        if (ids.length < 3) message.nack();
        else message.ack();
        return ids.length === 3 ? 'enough' : 'more';
      });
      expect(ids).toEqual([messageId, messageId, messageId]);
    });

    test('a pull waits for a message, which an ack ends', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic);
      const waiting = pulled(subscription);
      await topic.publishMessage({ data: Buffer.from('one') });
      const [first] = await waiting;
      expect(first?.message?.data?.toString()).toBe('one');
      const subscriber = await rawSubscriber();
      await subscriber.acknowledge({ subscription: subscription.name, ackIds: [first?.ackId ?? ''] });
      await topic.publishMessage({ data: Buffer.from('two') });
      const [second] = await pulled(subscription);
      expect(second?.message?.data?.toString()).toBe('two');
    });

    test('a deadline can be set to nothing and to a second', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic, { ackDeadlineSeconds: 600 });
      const subscriber = await rawSubscriber();
      const messageId = await topic.publishMessage({ data: Buffer.from('x') });
      for (const ackDeadlineSeconds of [0, 1]) {
        const [held] = await pulled(subscription);
        const ackIds = [held?.ackId ?? ''];
        await subscriber.modifyAckDeadline({ subscription: subscription.name, ackIds, ackDeadlineSeconds });
      }
      const [again] = await pulled(subscription);
      expect(again?.message?.messageId).toBe(messageId);
    });

    test('a filter decides what a subscription receives', async () => {
      const topic = await makeTopic();
      const filtered = await makeSubscription(topic, {
        filter: 'attributes.type = "a" AND hasPrefix(attributes.source, "x/")',
      });
      for (const attributes of [
        { n: '1', type: 'b', source: 'x/1' },
        { n: '2', type: 'a', source: 'y/1' },
        { n: '3', type: 'a', source: 'x/1' },
      ]) {
        await topic.publishMessage({ attributes });
      }
      const messages = await received(filtered, deviations.ignoresFilters ? 3 : 1);
      const numbers = messages.map(({ attributes }) => attributes['n'] ?? '').sort();
      expect(numbers).toEqual(deviations.ignoresFilters ? ['1', '2', '3'] : ['3']);
    });

    test('a filter that cannot be parsed is refused', async () => {
      const making = makeSubscription(await makeTopic(), { filter: 'attributes:a AND attributes:b OR attributes:c' });
      if (deviations.ignoresFilters) await expect(making).resolves.toBeTruthy();
      else await expect(making).rejects.toMatchObject(INVALID_ARGUMENT);
    });

    test('an ordered subscription keeps the order of a key', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic, { enableMessageOrdering: true });
      const ordered = client.topic(topic.name, { messageOrdering: true });
      const wanted = Array.from({ length: 10 }, (_, n) => String(n));
      await Promise.all(wanted.map((text) => ordered.publishMessage({ data: Buffer.from(text), orderingKey: 'k' })));
      const messages = await received(subscription, wanted.length);
      expect(messages.map(({ data }) => data.toString())).toEqual(wanted);
      expect(messages[0]?.orderingKey).toBe('k');
    });

    test('a push carries the message as JSON and comes again after a failure', async () => {
      const endpoint = await startPushEndpoint((response, nth) => response.writeHead(nth === 1 ? 500 : 204).end());
      onTestFinished(() => endpoint.close());
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic, { pushEndpoint: endpoint.url });
      const messageId = await topic.publishMessage({ data: Buffer.from('hello'), attributes: { a: '1' } });
      const pushes = await endpoint.received(2);
      for (const { headers, body } of pushes) {
        expect(headers['content-type']).toBe('application/json');
        const publishTime: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        expect(JSON.parse(body)).toEqual({
          subscription: subscription.name,
          message: {
            data: Buffer.from('hello').toString('base64'),
            attributes: { a: '1' },
            messageId,
            message_id: messageId,
            publishTime,
            publish_time: publishTime,
          },
        });
      }
    });

    test('a push subscription can be turned into a pull one and back', async () => {
      const endpoint = await startPushEndpoint();
      onTestFinished(() => endpoint.close());
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic, { pushEndpoint: endpoint.url });
      await topic.publishMessage({ data: Buffer.from('pushed') });
      await endpoint.received(1);
      await subscription.modifyPushConfig({});
      await topic.publishMessage({ data: Buffer.from('pulled') });
      const [held] = await pulled(subscription);
      expect(held?.message?.data?.toString()).toBe('pulled');
      const subscriber = await rawSubscriber();
      await subscriber.acknowledge({ subscription: subscription.name, ackIds: [held?.ackId ?? ''] });
      await subscription.modifyPushConfig({ pushEndpoint: endpoint.url });
      await topic.publishMessage({ data: Buffer.from('pushed again') });
      const pushes = await endpoint.received(2);
      const bodies = pushes.map(({ body }) => Buffer.from(JSON.parse(body).message.data, 'base64').toString());
      expect(bodies).toEqual(['pushed', 'pushed again']);
    });

    test('a push subscription cannot be pulled from', async () => {
      const endpoint = await startPushEndpoint();
      onTestFinished(() => endpoint.close());
      const subscription = await makeSubscription(await makeTopic(), { pushEndpoint: endpoint.url });
      const subscriber = await rawSubscriber();
      const pull = subscriber.pull({ subscription: subscription.name, maxMessages: 1, returnImmediately: true });
      if (deviations.pullsFromPush) await expect(pull).resolves.toBeTruthy();
      else await expect(pull).rejects.toMatchObject(FAILED_PRECONDITION);
    });

    test('a message that is nacked five times becomes a dead letter that says where it comes from', async () => {
      const graves = await makeTopic();
      const gravedigger = await makeSubscription(graves);
      const topic = await makeTopic();
      const deadLetterPolicy = { deadLetterTopic: graves.name, maxDeliveryAttempts: 5 };
      const subscription = await makeSubscription(topic, { deadLetterPolicy });
      await topic.publishMessage({ data: Buffer.from('poison'), attributes: { a: '1' } });
      const subscriber = await rawSubscriber();
      const attempts: unknown[] = [];
      for (let n = 0; n < 5; n++) {
        const [held] = await pulled(subscription);
        attempts.push(held?.deliveryAttempt);
        const ackIds = [held?.ackId ?? ''];
        await subscriber.modifyAckDeadline({ subscription: subscription.name, ackIds, ackDeadlineSeconds: 0 });
      }
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
      if (deviations.buriesOnNextPull) pulled(subscription).catch(() => 'cut off by the end of the test');
      const [letter] = await received(gravedigger, 1);
      expect(letter?.data.toString()).toBe('poison');
      const publishedAt: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(letter?.attributes).toEqual({
        a: '1',
        CloudPubSubDeadLetterSourceDeliveryCount: '5',
        CloudPubSubDeadLetterSourceSubscription: subscription.name.split('/').at(-1),
        CloudPubSubDeadLetterSourceSubscriptionProject: 'p1',
        CloudPubSubDeadLetterSourceTopicPublishTime: publishedAt,
      });
    });

    test('a message whose push fails five times becomes a dead letter', async () => {
      const endpoint = await startPushEndpoint((response) => response.writeHead(500).end());
      onTestFinished(() => endpoint.close());
      const graves = await makeTopic();
      const gravedigger = await makeSubscription(graves);
      const topic = await makeTopic();
      await makeSubscription(topic, {
        pushEndpoint: endpoint.url,
        deadLetterPolicy: { deadLetterTopic: graves.name, maxDeliveryAttempts: 5 },
        retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds: 0 } },
      });
      await topic.publishMessage({ data: Buffer.from('poison') });
      const [letter] = await received(gravedigger, 1);
      expect(letter?.data.toString()).toBe('poison');
      const attempts = endpoint.pushes.map(({ body }) => JSON.parse(body).deliveryAttempt);
      if (deviations.countsPushAttemptsLoosely) expect(attempts.length).toBeGreaterThanOrEqual(5);
      else expect(attempts).toEqual([1, 2, 3, 4, 5]);
    });

    test('a subscription outlives its topic, and belongs to none from then on', async () => {
      const topic = await makeTopic();
      const subscription = await makeSubscription(topic);
      await topic.publishMessage({ data: Buffer.from('left') });
      await topic.delete();
      const [metadata] = await subscription.getMetadata();
      expect(metadata.topic).toBe('_deleted-topic_');
      const [message] = await received(subscription, 1);
      expect(message?.data.toString()).toBe('left');
    });
  });
}
