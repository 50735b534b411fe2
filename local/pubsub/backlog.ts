import type { Clock } from '../../queue/ports/clock.ts';
import type { Refusal } from './answer.ts';
import type { Consumer, Delivery, Room } from './delivery.ts';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import { afterFailure, type DeliveryPolicy } from './redelivery.ts';
import { Timeline } from './timeline.ts';

/** The unacked messages of one subscription, as configured now. */
export interface BacklogPolicy extends DeliveryPolicy {
  readonly retentionMs: number;
  /** One unacked message per ordering key at a time, in the order of publishing. */
  readonly ordered: boolean;
}

interface Entry {
  readonly message: Message;
  failures: number;
  /** Acked, dead-lettered or past its retention. It may still lie in `ready` and is skipped there. */
  gone: boolean;
  /** Behind an unacked message of the same ordering key. */
  parked: boolean;
  /** The next message of the same ordering key; it becomes ready when this one is gone. */
  successor: Entry | undefined;
}

interface Lease {
  readonly entry: Entry;
  readonly delivery: Delivery;
  readonly consumer: Consumer;
  /** On the monotonic clock. */
  until: number;
}

/**
 * The messages that a subscription has not acked, and who holds them.
 *
 * Every entry that is not gone is in exactly one place: in `ready`, leased, waiting out a backoff, or behind its
 * predecessor of the same ordering key. A lease ends once: by ack, by nack, or by its deadline; after that its ack id
 * means nothing. A timer runs only while something is leased or waiting.
 */
export class Backlog {
  readonly #clock: Clock;
  readonly #incarnation: string;
  readonly #policy: () => BacklogPolicy;
  /** Publishes to the dead letter topic; false if there is none. */
  readonly #bury: (message: Message, attempts: number, topic: string) => boolean;

  readonly #entries = new Set<Entry>();
  readonly #ready = new Fifo<Entry>();
  readonly #leases = new Map<string, Lease>();
  readonly #lastOfKey = new Map<string, Entry>();
  /** Ack ids whose deadline may have passed, and entries whose backoff is over. */
  readonly #timeline = new Timeline<string | Entry>();
  #waiting = 0;
  #bytes = 0;
  #deliveries = 0;
  #consumers: Consumer[] = [];
  #offering = false;
  #alarm: { at: number; cancel: () => void } | undefined;

  constructor(
    clock: Clock,
    incarnation: string,
    policy: () => BacklogPolicy,
    bury: (message: Message, attempts: number, topic: string) => boolean,
  ) {
    this.#clock = clock;
    this.#incarnation = incarnation;
    this.#policy = policy;
    this.#bury = bury;
  }

  /** Of all messages not acked yet. */
  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#entries.size;
  }

  add(messages: readonly Message[]): void {
    for (const message of messages) {
      const entry: Entry = { message, failures: 0, gone: false, parked: false, successor: undefined };
      this.#entries.add(entry);
      this.#bytes += message.bytes;
      if (this.#policy().ordered && message.orderingKey !== '') this.#enlist(entry);
      if (!entry.parked) this.#ready.push(entry);
    }
    this.offer();
  }

  /** Gives ready messages to the consumers in turn, until nothing is ready or nobody has room. */
  offer(): void {
    if (this.#offering) return;
    this.#offering = true;
    let refusals = 0;
    while (this.#ready.size > 0 && refusals < this.#consumers.length) {
      const consumer = this.#consumers.shift();
      if (consumer === undefined) break;
      this.#consumers.push(consumer);
      const deliveries = this.#take(consumer);
      refusals = deliveries.length === 0 ? refusals + 1 : 0;
      if (deliveries.length > 0) consumer.deliver(deliveries);
    }
    this.#offering = false;
    this.#arm();
  }

  /** Starts offering to a consumer; call the result to stop. What it holds stays leased. */
  attach(consumer: Consumer): () => void {
    this.#consumers.push(consumer);
    this.offer();
    return () => {
      this.#consumers = this.#consumers.filter((other) => other !== consumer);
    };
  }

  /** True if the lease was still held. */
  ack(ackId: string): boolean {
    const lease = this.#release(ackId);
    if (lease === undefined) return false;
    this.#remove(lease.entry);
    this.offer();
    return true;
  }

  /** A negative ack: the message is delivered again after its backoff, or dead-lettered. */
  nack(ackId: string): boolean {
    const lease = this.#release(ackId);
    if (lease === undefined) return false;
    this.#fail(lease.entry);
    this.offer();
    return true;
  }

  /** Sets the deadline to `leaseMs` from now, which may also shorten it. */
  extend(ackId: string, leaseMs: number): boolean {
    const lease = this.#leases.get(ackId);
    if (lease === undefined) return false;
    lease.until = this.#clock.monotonic() + leaseMs;
    this.#timeline.add(lease.until, ackId);
    this.#arm();
    return true;
  }

  /**
   * Forgets messages past their retention that nobody holds; without this call they go when their turn comes. Entries lie
   * in the order of publishing, so a parked one has been unparked by the time it is looked at, unless its turn is held up.
   */
  dropExpired(): void {
    const held = new Set([...this.#leases.values()].map(({ entry }) => entry));
    for (const entry of this.#entries) {
      if (!entry.parked && !held.has(entry) && this.#isExpired(entry)) this.#remove(entry);
    }
  }

  /** Tells every consumer that nothing more comes. */
  dismiss(why: Refusal): void {
    const consumers = this.#consumers;
    this.#consumers = [];
    for (const consumer of consumers) consumer.dismissed(why);
  }

  close(why: Refusal): void {
    this.dismiss(why);
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#leases.clear();
    this.#timeline.clear();
    this.#entries.clear();
    this.#waiting = 0;
  }

  #take(consumer: Consumer): Delivery[] {
    const room: Room = consumer.room();
    const deliveries: Delivery[] = [];
    let bytesLeft = room.bytes;
    while (deliveries.length < room.messages && bytesLeft > 0) {
      const entry = this.#ready.peek();
      if (entry === undefined) break;
      if (!entry.gone && this.#isExpired(entry)) this.#remove(entry);
      if (!entry.gone && deliveries.length > 0 && entry.message.bytes > bytesLeft) break;
      this.#ready.shift();
      if (entry.gone) continue;
      bytesLeft -= entry.message.bytes;
      deliveries.push(this.#lease(entry, consumer));
    }
    return deliveries;
  }

  #lease(entry: Entry, consumer: Consumer): Delivery {
    const ackId = `${this.#incarnation}:${++this.#deliveries}`;
    const delivery: Delivery = { ackId, message: entry.message, attempt: entry.failures + 1 };
    const until = this.#clock.monotonic() + consumer.leaseMs();
    this.#leases.set(ackId, { entry, delivery, consumer, until });
    this.#timeline.add(until, ackId);
    return delivery;
  }

  #release(ackId: string): Lease | undefined {
    const lease = this.#leases.get(ackId);
    if (lease === undefined) return undefined;
    this.#leases.delete(ackId);
    lease.consumer.released(lease.delivery);
    return lease;
  }

  #fail(entry: Entry): void {
    entry.failures++;
    const fate = afterFailure(entry.failures, this.#policy());
    if (fate.kind === 'bury' && this.#bury(entry.message, entry.failures, fate.topic)) {
      this.#remove(entry);
      return;
    }
    const delayMs = fate.kind === 'bury' ? fate.otherwiseDelayMs : fate.delayMs;
    if (delayMs === 0) this.#ready.push(entry);
    else {
      this.#waiting++;
      this.#timeline.add(this.#clock.monotonic() + delayMs, entry);
    }
  }

  #remove(entry: Entry): void {
    if (entry.gone) return;
    entry.gone = true;
    this.#entries.delete(entry);
    this.#bytes -= entry.message.bytes;
    const { orderingKey } = entry.message;
    if (this.#lastOfKey.get(orderingKey) === entry) this.#lastOfKey.delete(orderingKey);
    if (entry.successor === undefined) return;
    entry.successor.parked = false;
    this.#ready.push(entry.successor);
  }

  /** Puts an entry last in the line of its ordering key. */
  #enlist(entry: Entry): void {
    const { orderingKey } = entry.message;
    const predecessor = this.#lastOfKey.get(orderingKey);
    this.#lastOfKey.set(orderingKey, entry);
    if (predecessor === undefined) return;
    predecessor.successor = entry;
    entry.parked = true;
  }

  #isExpired(entry: Entry): boolean {
    return this.#clock.now() - entry.message.publishedAt >= this.#policy().retentionMs;
  }

  #wake(): void {
    this.#alarm = undefined;
    const now = this.#clock.monotonic();
    for (let due = this.#timeline.takeDue(now); due !== undefined; due = this.#timeline.takeDue(now)) {
      if (typeof due === 'string') this.#expireLease(due, now);
      else {
        this.#waiting--;
        if (!due.gone) this.#ready.push(due);
      }
    }
    this.offer();
  }

  /** An extended lease has a later moment on the timeline, which will come. */
  #expireLease(ackId: string, now: number): void {
    const lease = this.#leases.get(ackId);
    if (lease === undefined || lease.until > now) return;
    this.#release(ackId);
    this.#fail(lease.entry);
  }

  #arm(): void {
    if (this.#leases.size === 0 && this.#waiting === 0) this.#timeline.clear();
    const at = this.#timeline.nextAt;
    if (this.#alarm !== undefined && this.#alarm.at === at) return;
    this.#alarm?.cancel();
    this.#alarm =
      at === undefined
        ? undefined
        : { at, cancel: this.#clock.after(at - this.#clock.monotonic(), () => this.#wake()) };
  }
}
