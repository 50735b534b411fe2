import { refused } from './answer.ts';
import { Backlog } from './backlog.ts';
import type { Message } from './message.ts';
import { Pusher, type PushPorts } from './pusher.ts';
import type { SubscriptionConfig } from './subscription-config.ts';

type Bury = (from: SubscriptionConfig, message: Message, attempts: number, topic: string) => boolean;

/** A subscription: its configuration, the messages it has not acked, and its pusher if it pushes. */
export class Subscription {
  readonly backlog: Backlog;
  readonly #ports: PushPorts;
  #config: SubscriptionConfig;
  #pusher: Pusher | undefined;

  constructor(config: SubscriptionConfig, incarnation: string, ports: PushPorts, bury: Bury) {
    this.#config = config;
    this.#ports = ports;
    this.backlog = new Backlog(
      ports.clock,
      incarnation,
      () => this.#config,
      (message, attempts, topic) => bury(this.#config, message, attempts, topic),
    );
    this.#startPusher();
  }

  get name(): string {
    return this.#config.name;
  }

  get config(): SubscriptionConfig {
    return this.#config;
  }

  /** Takes effect at once for what is delivered next. Open streams end when the subscription starts or stops to push. */
  configure(config: SubscriptionConfig): void {
    const was = this.#config.push;
    this.#config = config;
    if (JSON.stringify(was) === JSON.stringify(config.push)) return;
    this.#pusher?.stop();
    this.#pusher = undefined;
    if (was === undefined) this.backlog.dismiss(refused('FAILED_PRECONDITION', 'subscription has become a push one'));
    this.#startPusher();
  }

  receive(messages: readonly Message[]): void {
    const matching = messages.filter(({ attributes }) => this.#config.matches(attributes));
    if (matching.length > 0) this.backlog.add(matching);
  }

  #startPusher(): void {
    if (this.#config.push === undefined) return;
    this.#pusher = new Pusher(this.backlog, () => this.#config, this.#config.push, this.#ports);
    this.#pusher.start();
  }
}
