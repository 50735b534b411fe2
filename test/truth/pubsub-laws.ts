import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { PubsubRpc } from './pubsub-rpc.ts';
import { documented } from './sources.ts';

interface PubsubTarget {
  readonly name: string;
  /** Why it cannot be started here: nothing is tested then. */
  readonly missing: string | undefined;
  readonly start: () => Promise<{ port: number; close(): Promise<void> }>;
  /** Where the target is known to differ from the documentation, and how. */
  readonly deviations: Partial<Record<'ackDeadline' | 'publishLimits' | 'retention' | 'ordering', string>>;
}

const text = (bytes: number) => 'x'.repeat(bytes);

/** What holds of any Pub/Sub, ours and Google's own emulator. Nothing here depends on time passing. */
export function pubsubLaws({ name, missing, start, deviations }: PubsubTarget): void {
  describe.skipIf(missing !== undefined)(`Pub/Sub as ${name} has it tells the truth`, () => {
    let server: Awaited<ReturnType<PubsubTarget['start']>>;
    let rpc: PubsubRpc;
    beforeAll(async () => {
      server = await start();
      rpc = new PubsubRpc(server.port);
    });
    afterAll(async () => {
      rpc.close();
      await server.close();
    });

    documented('subscribe', 'every message is delivered at least once, and until it is acked', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              count: fc.integer({ min: 1, max: 5 }),
              take: fc.integer({ min: 1, max: 6 }),
              acks: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
            }),
            { minLength: 1, maxLength: 6 },
          ),
          async (rounds) => {
            const { topic, subscription } = await rpc.subscribe();
            const unacked = new Set<string>();
            const settle = async (take: number, acks: (index: number) => boolean) => {
              const received = await rpc.pull(subscription, take);
              for (const [index, { ackId, message }] of received.entries()) {
                expect(unacked.has(message.messageId), 'what was acked does not come again from an emulator').toBe(
                  true,
                );
                if (acks(index)) {
                  await rpc.ack(subscription, [ackId]);
                  unacked.delete(message.messageId);
                } else await rpc.extend(subscription, [ackId], 0);
              }
              return received.length;
            };
            for (const { count, take, acks } of rounds) {
              const ids = await rpc.publish(
                topic,
                Array.from({ length: count }, (_, index) => ({ data: Buffer.from(String(index)) })),
              );
              expect(new Set(ids).size).toBe(count);
              for (const id of ids) unacked.add(id);
              await settle(take, (index) => acks[index] ?? false);
            }
            // Whatever is left is still delivered; a pull may come back with less than there is.
            for (let tries = 0; unacked.size > 0 && tries < 100; tries++) await settle(50, () => true);
            expect([...unacked]).toEqual([]);
          },
        ),
        { numRuns: 15 },
      );
    });

    documented(
      'subscriber',
      'an ack deadline is 10 to 600 seconds, 10 unless it is said',
      async () => {
        const topic = await rpc.topic();
        await fc.assert(
          fc.asyncProperty(
            fc.oneof(fc.constantFrom(0, 1, 9, 10, 600, 601, -1), fc.integer({ min: -10, max: 700 })),
            async (seconds) => {
              const subscription = rpc.fresh('subscription');
              const status = await rpc.statusOf('CreateSubscription', {
                name: subscription,
                topic,
                ackDeadlineSeconds: seconds,
              });
              const fine = seconds === 0 || (seconds >= 10 && seconds <= 600);
              expect(status === 'OK', String(seconds)).toBe(fine);
              if (!fine) return;
              const made = await rpc.call<{ ackDeadlineSeconds: number }>('GetSubscription', { subscription });
              expect(made.ackDeadlineSeconds).toBe(seconds || 10);
            },
          ),
          { numRuns: 30 },
        );
      },
      deviations.ackDeadline,
    );

    documented(
      'deadLetters',
      'a dead letter policy takes 5 to 100 delivery attempts, 5 unless it is said',
      async () => {
        const topic = await rpc.topic();
        await fc.assert(
          fc.asyncProperty(
            fc.oneof(fc.constantFrom(0, 1, 4, 5, 100, 101), fc.integer({ min: 1, max: 120 })),
            async (attempts) => {
              const subscription = rpc.fresh('subscription');
              const deadLetterPolicy = { deadLetterTopic: topic, maxDeliveryAttempts: attempts };
              const status = await rpc.statusOf('CreateSubscription', { name: subscription, topic, deadLetterPolicy });
              const fine = attempts === 0 || (attempts >= 5 && attempts <= 100);
              expect(status === 'OK', String(attempts)).toBe(fine);
              if (!fine) return;
              const made = await rpc.call<{ deadLetterPolicy: typeof deadLetterPolicy }>('GetSubscription', {
                subscription,
              });
              expect(made.deadLetterPolicy.maxDeliveryAttempts).toBe(attempts || 5);
            },
          ),
          { numRuns: 30 },
        );
      },
    );

    documented(
      'pubsubQuotas',
      'a message has data or an attribute, and a publish request holds 1 to 1000 messages',
      async () => {
        const topic = await rpc.topic();
        const publish = (messages: readonly object[]) => rpc.statusOf('Publish', { topic, messages });
        expect(await publish([{}])).toBe('INVALID_ARGUMENT');
        expect(await publish([{ data: Buffer.from('a') }, {}])).toBe('INVALID_ARGUMENT');
        expect(await publish([{ attributes: { a: '' } }])).toBe('OK');
        if (deviations.publishLimits !== undefined) return;
        expect(await publish([])).toBe('INVALID_ARGUMENT');
        expect(await publish(Array.from({ length: 1000 }, () => ({ data: Buffer.from('a') })))).toBe('OK');
        expect(await publish(Array.from({ length: 1001 }, () => ({ data: Buffer.from('a') })))).toBe(
          'INVALID_ARGUMENT',
        );
      },
    );

    documented(
      'pubsubQuotas',
      'a message has at most 100 attributes, keys of 256 bytes, values of 1024, 10 MB in all',
      async () => {
        const topic = await rpc.topic();
        const near = (limit: number) => fc.integer({ min: limit - 2, max: limit + 2 });
        const shape = fc.oneof(
          fc.record({ attributes: near(100), key: fc.constant(9), value: fc.constant(9), data: fc.constant(1) }),
          fc.record({ attributes: fc.constant(1), key: near(256), value: fc.constant(9), data: fc.constant(1) }),
          fc.record({ attributes: fc.constant(1), key: fc.constant(9), value: near(1024), data: fc.constant(1) }),
          fc.record({ attributes: fc.constant(0), key: fc.constant(9), value: fc.constant(9), data: near(10_000_000) }),
        );
        await fc.assert(
          fc.asyncProperty(shape, async ({ attributes, key, value, data }) => {
            const pairs = Array.from({ length: attributes }, (_, index) => [
              String(index).padStart(key, 'k'),
              text(value),
            ]);
            const message = { data: Buffer.alloc(data), attributes: Object.fromEntries(pairs) };
            const bytes = data + attributes * (key + value);
            const fine = attributes <= 100 && key <= 256 && value <= 1024 && bytes <= 10_000_000;
            expect(await rpc.statusOf('Publish', { topic, messages: [message] })).toBe(
              fine ? 'OK' : 'INVALID_ARGUMENT',
            );
          }),
          { numRuns: 40 },
        );
      },
      deviations.publishLimits,
    );

    documented(
      'subscriber',
      'messages are kept for 10 minutes to 31 days, 7 days unless it is said',
      async () => {
        const topic = await rpc.topic();
        const seconds = fc.oneof(
          fc.constantFrom(599, 600, 2_678_400, 2_678_401),
          fc.integer({ min: 1, max: 3_000_000 }),
        );
        await fc.assert(
          fc.asyncProperty(seconds, async (seconds) => {
            const request = { name: rpc.fresh('subscription'), topic, messageRetentionDuration: { seconds } };
            const fine = seconds >= 600 && seconds <= 2_678_400;
            expect(await rpc.statusOf('CreateSubscription', request)).toBe(fine ? 'OK' : 'INVALID_ARGUMENT');
          }),
          { numRuns: 30 },
        );
        const { subscription } = await rpc.subscribe();
        const made = await rpc.call<{ messageRetentionDuration: { seconds: string } }>('GetSubscription', {
          subscription,
        });
        expect(Number(made.messageRetentionDuration.seconds)).toBe(7 * 86_400);
      },
      deviations.retention,
    );

    documented(
      'ordering',
      'messages of one ordering key come in the order of publishing, also after a nack',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
            fc.array(fc.boolean(), { maxLength: 10 }),
            async (keys, nacks) => {
              const { topic, subscription } = await rpc.subscribe({ enableMessageOrdering: true });
              const waiting = new Map<string, string[]>();
              for (const [index, orderingKey] of keys.entries()) {
                await rpc.publish(topic, [{ data: Buffer.from(String(index)), orderingKey }]);
                waiting.set(orderingKey, [...(waiting.get(orderingKey) ?? []), String(index)]);
              }
              const doubts = [...nacks];
              let left = keys.length;
              for (let tries = 0; left > 0 && tries < 300; tries++) {
                const [first, ...others] = await rpc.pull(subscription, 1);
                expect(others).toEqual([]);
                if (!first) continue;
                const { orderingKey, data } = first.message;
                expect(String(data), `of ${orderingKey}`).toBe(waiting.get(orderingKey)?.[0]);
                if (doubts.shift()) await rpc.extend(subscription, [first.ackId], 0);
                else {
                  await rpc.ack(subscription, [first.ackId]);
                  waiting.get(orderingKey)?.shift();
                  left--;
                }
              }
              expect(left).toBe(0);
            },
          ),
          { numRuns: 12 },
        );
      },
      deviations.ordering,
    );
  });
}
