import { array, assert, asyncProperty, boolean, constant, constantFrom, integer, nat, oneof, record } from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { Backlog, type BacklogPolicy } from '../../../local/pubsub/backlog.ts';
import type { Consumer, Delivery, Room } from '../../../local/pubsub/delivery.ts';
import type { Message } from '../../../local/pubsub/message.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';

const MINUTE = 60_000;
const LEASE = 10_000;

class Taker implements Consumer {
  readonly taken: Delivery[] = [];
  readonly released_: string[] = [];
  limit: Room = { messages: 1000, bytes: 1e9 };
  lease = LEASE;

  get ids(): string[] {
    return this.taken.map(({ message }) => message.messageId);
  }

  get last(): Delivery {
    const last = this.taken.at(-1);
    if (last === undefined) throw new Error('nothing was delivered');
    return last;
  }

  room(): Room {
    return this.limit;
  }

  leaseMs(): number {
    return this.lease;
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.taken.push(...deliveries);
    this.limit = { ...this.limit, messages: this.limit.messages - deliveries.length };
  }

  released({ ackId }: Delivery): void {
    this.released_.push(ackId);
    this.limit = { ...this.limit, messages: this.limit.messages + 1 };
  }

  dismissed(): void {}
}

let clock: ManualClock;
let policy: BacklogPolicy;
let buried: { id: string; attempts: number; topic: string }[];
let buries: boolean;
let backlog: Backlog;
let taker: Taker;
let published: number;

beforeEach(() => {
  clock = new ManualClock();
  policy = { retentionMs: 7 * 24 * 60 * MINUTE, ordered: false, retry: undefined, deadLetter: undefined };
  buried = [];
  buries = true;
  published = 0;
  backlog = new Backlog(
    clock,
    'x',
    () => policy,
    ({ messageId }, attempts, topic) => {
      if (buries) buried.push({ id: messageId, attempts, topic });
      return buries;
    },
  );
  taker = new Taker();
});

function publish(orderingKey = '', bytes = 1): void {
  const messageId = String(++published);
  const message: Message = {
    messageId,
    publishedAt: clock.now(),
    data: Buffer.alloc(bytes),
    attributes: {},
    orderingKey,
    bytes,
  };
  backlog.add([message]);
}

describe('an ack deadline', () => {
  test('brings a message back when it passes, under another ack id', async () => {
    backlog.attach(taker);
    publish();
    const first = taker.last.ackId;
    await clock.advance(LEASE - 1);
    expect(taker.ids).toEqual(['1']);
    await clock.advance(1);
    expect(taker.ids).toEqual(['1', '1']);
    expect(taker.last.ackId).not.toBe(first);
    expect(backlog.ack(first)).toBe(false);
    expect(backlog.ack(taker.last.ackId)).toBe(true);
    expect(backlog.messages).toBe(0);
  });

  test('can be moved, both ways', async () => {
    backlog.attach(taker);
    publish();
    backlog.extend(taker.last.ackId, MINUTE);
    await clock.advance(MINUTE - 1);
    expect(taker.ids).toHaveLength(1);
    await clock.advance(1);
    expect(taker.ids).toHaveLength(2);
    backlog.extend(taker.last.ackId, 1000);
    await clock.advance(1000);
    expect(taker.ids).toHaveLength(3);
  });

  test('means nothing once the message is acked, and leaves no timer behind', async () => {
    backlog.attach(taker);
    publish();
    expect(backlog.ack(taker.last.ackId)).toBe(true);
    expect(clock.pending).toBe(0);
    await clock.advance(MINUTE);
    expect(taker.ids).toEqual(['1']);
    expect(backlog.nack(taker.last.ackId)).toBe(false);
    expect(backlog.extend(taker.last.ackId, LEASE)).toBe(false);
  });

  test('of one message does not hang on that of another', async () => {
    backlog.attach(taker);
    publish();
    await clock.advance(4000);
    publish();
    const [first, second] = taker.taken;
    backlog.ack(first?.ackId ?? '');
    await clock.advance(LEASE - 1);
    expect(taker.ids).toEqual(['1', '2']);
    await clock.advance(1);
    expect(taker.ids).toEqual(['1', '2', '2']);
    expect(backlog.ack(second?.ackId ?? '')).toBe(false);
  });
});

describe('a retry policy', () => {
  test('doubles the wait per message from the minimum to the maximum', async () => {
    policy = { ...policy, retry: { minBackoffMs: 10_000, maxBackoffMs: 35_000 } };
    backlog.attach(taker);
    publish();
    for (const waitMs of [10_000, 20_000, 35_000, 35_000]) {
      const before = taker.ids.length;
      backlog.nack(taker.last.ackId);
      await clock.advance(waitMs - 1);
      expect(taker.ids).toHaveLength(before);
      await clock.advance(1);
      expect(taker.ids).toHaveLength(before + 1);
    }
    publish();
    backlog.nack(taker.last.ackId);
    await clock.advance(10_000);
    expect(taker.last.message.messageId).toBe('2');
  });

  test('holds for a passed deadline as for a nack', async () => {
    policy = { ...policy, retry: { minBackoffMs: 5000, maxBackoffMs: 5000 } };
    backlog.attach(taker);
    publish();
    await clock.advance(LEASE + 4999);
    expect(taker.ids).toHaveLength(1);
    await clock.advance(1);
    expect(taker.ids).toHaveLength(2);
  });

  test('absent, a nack brings the message back at once', () => {
    backlog.attach(taker);
    publish();
    backlog.nack(taker.last.ackId);
    expect(taker.ids).toEqual(['1', '1']);
  });
});

describe('a dead letter policy', () => {
  test('buries a message after exactly so many deliveries, counting nacks and passed deadlines', async () => {
    policy = { ...policy, deadLetter: { topic: 'graves', maxAttempts: 5 } };
    backlog.attach(taker);
    publish();
    for (let attempt = 1; attempt <= 5; attempt++) {
      expect(taker.last.attempt).toBe(attempt);
      if (attempt % 2 === 0) await clock.advance(LEASE);
      else backlog.nack(taker.last.ackId);
    }
    expect(buried).toEqual([{ id: '1', attempts: 5, topic: 'graves' }]);
    expect(taker.ids).toHaveLength(5);
    expect(backlog.messages).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('whose topic is gone keeps delivering', () => {
    policy = { ...policy, deadLetter: { topic: 'graves', maxAttempts: 5 } };
    buries = false;
    backlog.attach(taker);
    publish();
    for (let attempt = 1; attempt <= 7; attempt++) backlog.nack(taker.last.ackId);
    expect(taker.last.attempt).toBe(8);
    expect(backlog.messages).toBe(1);
  });
});

describe('an ordered subscription', () => {
  beforeEach(() => {
    policy = { ...policy, ordered: true };
    backlog.attach(taker);
  });

  test('delivers one message of a key at a time, and other keys meanwhile', () => {
    for (const key of ['a', 'a', 'b', 'a', '']) publish(key);
    expect(taker.ids).toEqual(['1', '3', '5']);
    backlog.ack('x:1');
    expect(taker.ids).toEqual(['1', '3', '5', '2']);
    backlog.ack(taker.last.ackId);
    expect(taker.ids).toEqual(['1', '3', '5', '2', '4']);
    publish('a');
    expect(taker.ids).toHaveLength(5);
    backlog.ack(taker.last.ackId);
    expect(taker.last.message.messageId).toBe('6');
  });

  test('holds a key up behind a message that fails', async () => {
    policy = { ...policy, retry: { minBackoffMs: 5000, maxBackoffMs: 5000 } };
    publish('a');
    publish('a');
    backlog.nack(taker.last.ackId);
    await clock.advance(4999);
    expect(taker.ids).toEqual(['1']);
    await clock.advance(1);
    expect(taker.ids).toEqual(['1', '1']);
    backlog.ack(taker.last.ackId);
    expect(taker.ids).toEqual(['1', '1', '2']);
  });

  test('goes on with a key when its first message is dead-lettered', () => {
    policy = { ...policy, deadLetter: { topic: 'graves', maxAttempts: 5 } };
    publish('a');
    publish('a');
    for (let attempt = 1; attempt <= 5; attempt++) backlog.nack(taker.last.ackId);
    expect(taker.last.message.messageId).toBe('2');
  });
});

describe('retention', () => {
  test('ends a message that nobody has acked', async () => {
    policy = { ...policy, retentionMs: 10 * MINUTE };
    publish();
    await clock.advance(9 * MINUTE);
    publish();
    await clock.advance(MINUTE);
    backlog.attach(taker);
    expect(taker.ids).toEqual(['2']);
    expect(backlog.messages).toBe(1);
  });

  test('frees memory when asked, sparing what is held and the order behind it', async () => {
    policy = { ...policy, retentionMs: 10 * MINUTE, ordered: true };
    taker.limit = { messages: 1, bytes: 1e9 };
    taker.lease = 60 * MINUTE;
    backlog.attach(taker);
    for (const key of ['a', 'a', 'b', 'b', '']) publish(key, 100);
    await clock.advance(10 * MINUTE);
    backlog.dropExpired();
    expect(backlog.messages).toBe(2);
    expect(backlog.bytes).toBe(200);
    backlog.ack(taker.last.ackId);
    expect(taker.ids).toEqual(['1']);
    expect(backlog.bytes).toBe(0);
  });
});

describe('consumers', () => {
  test('take turns', () => {
    const other = new Taker();
    taker.limit = { messages: 2, bytes: 1e9 };
    other.limit = { messages: 2, bytes: 1e9 };
    backlog.attach(taker);
    backlog.attach(other);
    for (let n = 0; n < 5; n++) publish();
    expect([taker.ids, other.ids].map(({ length }) => length)).toEqual([2, 2]);
    backlog.ack(other.last.ackId);
    expect(other.ids).toHaveLength(3);
  });

  test('are given no more bytes than they have room for, but always a first message', () => {
    taker.limit = { messages: 10, bytes: 100 };
    publish('', 500);
    publish('', 60);
    publish('', 60);
    taker.deliver = (deliveries) => {
      taker.taken.push(...deliveries);
      taker.limit = { messages: 0, bytes: 0 };
    };
    backlog.attach(taker);
    expect(taker.ids).toEqual(['1']);
    taker.limit = { messages: 10, bytes: 100 };
    backlog.offer();
    expect(taker.ids).toEqual(['1', '2']);
  });

  test('that detach are given nothing more, and what they hold comes back by its deadline', async () => {
    const detach = backlog.attach(taker);
    publish();
    detach();
    publish();
    expect(taker.ids).toEqual(['1']);
    const other = new Taker();
    backlog.attach(other);
    expect(other.ids).toEqual(['2']);
    await clock.advance(LEASE);
    expect(other.ids).toContain('1');
  });
});

test('nothing is lost and nothing is held twice, whatever consumers do', async () => {
  const step = oneof(
    record({ kind: constant('publish' as const), key: constantFrom('', 'a', 'b') }),
    record({ kind: constantFrom('ack' as const, 'nack' as const, 'extend' as const), pick: nat(50) }),
    record({ kind: constant('advance' as const), ms: integer({ min: 1, max: 15_000 }) }),
  );
  await assert(
    asyncProperty(array(step, { maxLength: 60 }), boolean(), async (steps, ordered) => {
      clock = new ManualClock();
      published = 0;
      policy = { ...policy, ordered, retry: { minBackoffMs: 1000, maxBackoffMs: 4000 } };
      backlog = new Backlog(
        clock,
        'x',
        () => policy,
        () => false,
      );
      taker = new Taker();
      backlog.attach(taker);
      const acked = new Set<string>();
      for (const action of steps) {
        if (action.kind === 'publish') publish(action.key);
        else if (action.kind === 'advance') await clock.advance(action.ms);
        else {
          const delivery = taker.taken[action.pick % Math.max(1, taker.taken.length)];
          if (delivery === undefined) continue;
          if (action.kind === 'extend') backlog.extend(delivery.ackId, 20_000);
          else if (action.kind === 'nack') backlog.nack(delivery.ackId);
          else if (backlog.ack(delivery.ackId)) acked.add(delivery.message.messageId);
        }
        const held = taker.taken.filter(({ ackId }) => !taker.released_.includes(ackId));
        expect(new Set(held.map(({ message }) => message.messageId)).size).toBe(held.length);
        expect(backlog.messages).toBe(published - acked.size);
      }
      for (let round = 0; backlog.messages > 0; round++) {
        expect(round).toBeLessThan(200);
        for (const { ackId } of taker.taken) backlog.ack(ackId);
        await clock.advance(LEASE);
      }
      expect(clock.pending).toBe(0);
      expect(new Set(taker.ids).size).toBe(published);
    }),
    { numRuns: 100 },
  );
});
