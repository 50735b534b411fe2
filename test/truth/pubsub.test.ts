import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { parseFilter } from '../../local/pubsub/filter.ts';
import { Pusher } from '../../local/pubsub/pusher.ts';
import { afterFailure } from '../../local/pubsub/redelivery.ts';
import { Backlog } from '../../local/pubsub/backlog.ts';
import { parsePush } from '../../local/pubsub/push-config.ts';
import { type PubsubEmulator, startPubsubEmulator } from '../../local/pubsub/server.ts';
import type { SubscriptionConfig } from '../../local/pubsub/subscription-config.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';
import { pubsubLaws } from './pubsub-laws.ts';
import { PubsubRpc } from './pubsub-rpc.ts';
import { documented } from './sources.ts';

pubsubLaws({
  name: 'our emulator',
  missing: undefined,
  start: () => startPubsubEmulator({ port: 0, clock: systemClock, random: systemRandom }),
  deviations: {},
});

/** A server whose time stands still until it is moved. */
class StillPubsub implements AsyncDisposable {
  readonly clock = new ManualClock(Date.UTC(2026, 10, 21));
  readonly rpc: PubsubRpc;
  readonly #emulator: PubsubEmulator;

  private constructor(emulator: PubsubEmulator) {
    this.#emulator = emulator;
    this.rpc = new PubsubRpc(emulator.port);
  }

  static async open(): Promise<StillPubsub> {
    const clock = new ManualClock(Date.UTC(2026, 10, 21));
    const opened = new StillPubsub(await startPubsubEmulator({ port: 0, clock, random: systemRandom }));
    return Object.assign(opened, { clock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rpc.close();
    await this.#emulator.close();
  }
}

type Attributes = Readonly<Record<string, string>>;

/** A filter as text, and what it means, from the page about filters. */
interface Meant {
  readonly text: string;
  readonly holds: (attributes: Attributes) => boolean;
}

const key = fc.constantFrom('a', 'b-c', '-k', 'd_1', 'NOT', 'e f', 'ü');
const value = fc.constantFrom('', 'x', 'xy', 'X', '"', '\\', 'AND');
const quoted = (text: string) => `"${text.replace(/["\\]/g, (special) => `\\${special}`)}"`;
/** "If a key contains characters other than hyphens, underscores, or alphanumeric characters, use a string literal." */
const written = (name: string) => (/^[\w-]+$/.test(name) ? name : quoted(name));
const space = fc.constantFrom('', ' ', '  ');

const comparison = fc
  .tuple(fc.constantFrom(':', '=', '!=', 'hasPrefix'), key, value, space)
  .map(([kind, name, text, gap]): Meant => {
    const has = (attributes: Attributes) => Object.hasOwn(attributes, name);
    const is = (attributes: Attributes) => has(attributes) && attributes[name] === text;
    switch (kind) {
      case ':':
        return { text: `attributes:${written(name)}`, holds: has };
      case '=':
        return { text: `attributes.${written(name)}${gap}=${gap}${quoted(text)}`, holds: is };
      case '!=':
        return {
          text: `attributes.${written(name)}${gap}!=${gap}${quoted(text)}`,
          holds: (attributes) => !is(attributes),
        };
      default:
        return {
          text: `hasPrefix(attributes.${written(name)},${gap}${quoted(text)})`,
          holds: (attributes) => has(attributes) && (attributes[name] ?? '').startsWith(text),
        };
    }
  });
const { filter } = fc.letrec<{ filter: Meant; operand: Meant }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3 },
    comparison,
    // "You can also use the unary minus operator instead of the NOT operator."
    fc.tuple(fc.constantFrom('NOT ', '-'), tie('operand')).map(([not, { text, holds }]) => ({
      text: `${not}${text}`,
      holds: (attributes: Attributes) => !holds(attributes),
    })),
    tie('filter').map(({ text, holds }) => ({ text: `(${text})`, holds })),
  ),
  // "To combine the AND and OR operators, use parentheses."
  filter: fc.oneof(
    { maxDepth: 3 },
    tie('operand'),
    fc.array(tie('operand'), { minLength: 2, maxLength: 3 }).map((all) => ({
      text: all.map(({ text }) => text).join(' AND '),
      holds: (attributes: Attributes) => all.every(({ holds }) => holds(attributes)),
    })),
    fc.array(tie('operand'), { minLength: 2, maxLength: 3 }).map((all) => ({
      text: all.map(({ text }) => text).join(' OR '),
      holds: (attributes: Attributes) => all.some(({ holds }) => holds(attributes)),
    })),
  ),
}));

describe('the Pub/Sub emulator tells the truth', () => {
  documented('filter', 'a filter means what its grammar says, and is at most 256 bytes', () => {
    const attributes = fc.dictionary(key, value, { maxKeys: 4 });
    fc.assert(
      fc.property(filter, fc.array(attributes, { minLength: 1, maxLength: 5 }), ({ text, holds }, messages) => {
        const parsed = parseFilter(text);
        expect(parsed.ok, text).toBe(Buffer.byteLength(text) <= 256);
        if (parsed.ok)
          for (const message of messages)
            expect(parsed.value(message), `${text} of ${JSON.stringify(message)}`).toBe(holds(message));
      }),
      { numRuns: 1_000 },
    );
  });

  documented('filter', 'what does not match is acknowledged by itself', async () => {
    await using still = await StillPubsub.open();
    const { rpc } = still;
    const { topic, subscription } = await rpc.subscribe({ filter: 'attributes.a = "x"' });
    await rpc.publish(topic, [{ attributes: { a: 'y' } }, { attributes: { a: 'x' } }, { attributes: { b: 'x' } }]);
    const received = await rpc.pull(subscription);
    expect(received.map(({ message }) => message.attributes)).toEqual([{ a: 'x' }]);
    await rpc.ack(
      subscription,
      received.map(({ ackId }) => ackId),
    );
    await still.clock.advance(700_000);
    expect(await rpc.pull(subscription)).toEqual([]);
  });

  documented(
    'push',
    '102, 200, 201, 202 and 204 acknowledge a push; any other status, no answer and a timeout do not',
    async () => {
      const acking = new Set([102, 200, 201, 202, 204]);
      const results = fc.oneof(
        fc.constantFrom(...acking).map((status) => ({ kind: 'status' as const, status })),
        fc.integer({ min: 100, max: 599 }).map((status) => ({ kind: 'status' as const, status })),
        fc.constant({ kind: 'timeout' as const }),
        fc.constant({ kind: 'failed' as const, error: 'reset' }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(results, { minLength: 1, maxLength: 12 }), async (answers) => {
          const clock = new ManualClock();
          const push = parsePush({ pushEndpoint: 'http://127.0.0.1/x', attributes: {} });
          if (!push.ok || !push.value) throw new Error('no push');
          const policy = { retentionMs: 1e9, ordered: false, retry: undefined, deadLetter: undefined };
          const backlog = new Backlog(
            clock,
            'x',
            () => policy,
            () => false,
          );
          const config = { ...policy, name: 's', ackDeadlineMs: 10_000 } as SubscriptionConfig;
          const given = [...answers];
          let posts = 0;
          const poster = {
            post: () => Promise.resolve((posts++, given.shift() ?? { kind: 'status' as const, status: 204 })),
            close() {},
          };
          const pusher = new Pusher(backlog, () => config, push.value, {
            clock,
            poster,
            mintToken: undefined,
            observe: () => {},
          });
          pusher.start();
          backlog.add([
            {
              messageId: '1',
              data: Buffer.from('x'),
              attributes: {},
              orderingKey: '',
              publishedAt: clock.now(),
              bytes: 1,
            },
          ]);
          await clock.advance(3_600_000);
          const first = answers.findIndex((answer) => answer.kind === 'status' && acking.has(answer.status));
          expect(posts).toBe(first < 0 ? answers.length + 1 : first + 1);
          expect(backlog.messages).toBe(0);
          pusher.stop();
        }),
        { numRuns: 60 },
      );
    },
  );

  documented(
    'subscriber',
    'an unacked message comes again when its deadline has passed, and not before; extending moves the deadline',
    async () => {
      await using still = await StillPubsub.open();
      const { rpc, clock } = still;
      const steps = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 10, max: 600 }), steps, async (ackDeadlineSeconds, extensions) => {
          const { topic, subscription } = await rpc.subscribe({ ackDeadlineSeconds });
          const [id] = await rpc.publish(topic, [{ data: Buffer.from('x') }]);
          const [held] = await rpc.pull(subscription);
          expect(held?.message.messageId).toBe(id);
          let deadlineS = ackDeadlineSeconds;
          for (const seconds of extensions) {
            await clock.advance((deadlineS - 1) * 1000);
            expect(await rpc.pull(subscription)).toEqual([]);
            await rpc.extend(subscription, [held?.ackId ?? ''], seconds);
            deadlineS = seconds;
          }
          await clock.advance(deadlineS * 1000 - 1);
          expect(await rpc.pull(subscription)).toEqual([]);
          await clock.advance(2);
          expect((await rpc.pull(subscription)).map(({ message }) => message.messageId)).toEqual([id]);
        }),
        { numRuns: 12 },
      );
    },
  );

  documented(
    'retry',
    'waits at least the minimum and at most the maximum backoff, never less than the time before',
    () => {
      const bounds = fc
        .tuple(fc.nat(600_000), fc.nat(600_000))
        .map(([a, b]) => ({ minBackoffMs: Math.min(a, b), maxBackoffMs: Math.max(a, b) }));
      fc.assert(
        fc.property(bounds, fc.integer({ min: 1, max: 200 }), (retry, failures) => {
          const waitOf = (count: number) => {
            const fate = afterFailure(count, { retry, deadLetter: undefined });
            return fate.kind === 'retry' ? fate.delayMs : Number.NaN;
          };
          expect(waitOf(failures)).toBeGreaterThanOrEqual(retry.minBackoffMs);
          expect(waitOf(failures)).toBeLessThanOrEqual(retry.maxBackoffMs);
          expect(waitOf(failures + 1)).toBeGreaterThanOrEqual(waitOf(failures));
          expect(waitOf(1)).toBe(retry.minBackoffMs);
        }),
      );
    },
  );

  documented(
    'deadLetters',
    'after the last attempt a message goes to the dead letter topic, with its data, its attributes and where it came from',
    async () => {
      await using still = await StillPubsub.open();
      const { rpc } = still;
      const attributes = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', ''), { maxKeys: 2 });
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 5, max: 12 }),
          attributes,
          fc.string({ minLength: 1, maxLength: 5 }),
          async (attempts, attributes, data) => {
            const dead = await rpc.subscribe();
            const deadLetterPolicy = { deadLetterTopic: dead.topic, maxDeliveryAttempts: attempts };
            const { topic, subscription } = await rpc.subscribe({ deadLetterPolicy });
            await rpc.publish(topic, [{ data: Buffer.from(data), attributes }]);
            for (let attempt = 1; attempt <= attempts; attempt++) {
              expect(await rpc.pull(dead.subscription)).toEqual([]);
              const [delivery] = await rpc.pull(subscription);
              expect(delivery?.deliveryAttempt).toBe(attempt);
              await rpc.extend(subscription, [delivery?.ackId ?? ''], 0);
            }
            expect(await rpc.pull(subscription)).toEqual([]);
            const [letter] = await rpc.pull(dead.subscription);
            expect(String(letter?.message.data)).toBe(data);
            expect(letter?.message.attributes).toEqual({
              ...attributes,
              CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
              CloudPubSubDeadLetterSourceSubscription: subscription.split('/').at(-1),
              CloudPubSubDeadLetterSourceSubscriptionProject: 'truth',
              CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
            });
          },
        ),
        { numRuns: 8 },
      );
    },
  );

  documented(
    'subscriber',
    'a message that nobody acks is kept for the retention of its subscription, and then gone',
    async () => {
      await using still = await StillPubsub.open();
      const { rpc, clock } = still;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 600, max: 2_678_400 }), async (seconds) => {
          const { topic, subscription } = await rpc.subscribe({ messageRetentionDuration: { seconds } });
          await rpc.publish(topic, [{ data: Buffer.from('x') }]);
          await clock.advance(seconds * 1000 - 1);
          const [held] = await rpc.pull(subscription);
          expect(held).toBeDefined();
          await rpc.extend(subscription, [held?.ackId ?? ''], 0);
          await clock.advance(2);
          expect(await rpc.pull(subscription)).toEqual([]);
        }),
        { numRuns: 10 },
      );
    },
  );
});
