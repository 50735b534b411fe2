import type { Clock } from '../../queue/ports/clock.ts';
import type { Backlog } from './backlog.ts';
import type { Consumer, Delivery, Room } from './delivery.ts';
import type { Observe } from './observe.ts';
import type { OidcIdentity, Push } from './push-config.ts';
import { narrowed, openWindow, pauseMs, widened } from './push-window.ts';
import { type PushRequest, pushRequest } from './push-request.ts';
import type { PostResult, Poster } from './http-post.ts';
import type { RetryPolicy } from './redelivery.ts';
import type { SubscriptionConfig } from './subscription-config.ts';

/** Makes the bearer token of a push, as the service signs one for the configured service account. */
export type MintToken = (identity: OidcIdentity) => Promise<string>;

export interface PushPorts {
  readonly clock: Clock;
  readonly poster: Poster;
  /** Without one, pushes carry no Authorization header. */
  readonly mintToken: MintToken | undefined;
  readonly observe: Observe;
}

/** The answers that acknowledge a message (Pub/Sub documentation, "Receive push messages"). */
const ACKING = new Set([102, 200, 201, 202, 204]);

/**
 * Pushes the messages of a backlog to an endpoint. At most a window of requests is open, so a slow endpoint holds no more
 * than that. A request is given the ack deadline as its timeout; whatever does not acknowledge is a nack.
 *
 * Without a backoff per message, failures in a row pause the whole subscription.
 */
export class Pusher implements Consumer {
  readonly #backlog: Backlog;
  readonly #config: () => SubscriptionConfig;
  readonly #push: Push;
  readonly #ports: PushPorts;
  #window = openWindow;
  #open = 0;
  #paused = false;
  #cancelPause: () => void = () => {};
  #detach: () => void = () => {};
  #stopped = false;

  constructor(backlog: Backlog, config: () => SubscriptionConfig, push: Push, ports: PushPorts) {
    this.#backlog = backlog;
    this.#config = config;
    this.#push = push;
    this.#ports = ports;
  }

  start(): void {
    this.#detach = this.#backlog.attach(this);
  }

  /** Sends nothing more; requests under way still settle their messages. */
  stop(): void {
    this.#stopped = true;
    this.#detach();
    this.#cancelPause();
  }

  room(): Room {
    const messages = this.#paused ? 0 : Math.max(0, this.#window.size - this.#open);
    return { messages, bytes: Number.POSITIVE_INFINITY };
  }

  leaseMs(): number {
    return this.#config().ackDeadlineMs;
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.#open += deliveries.length;
    for (const delivery of deliveries) void this.#send(delivery);
  }

  /** The request decides when its place is free, not the lease: an expired one may still be open. */
  released(): void {}

  dismissed(): void {
    this.stop();
  }

  async #send(delivery: Delivery): Promise<void> {
    const config = this.#config();
    const request = pushRequest(this.#push, config.name, delivery, config.deadLetter !== undefined);
    const result = await this.#post(request, config.ackDeadlineMs);
    this.#open--;
    if (result.kind === 'status' && ACKING.has(result.status)) {
      this.#window = widened(this.#window);
      if (!this.#backlog.ack(delivery.ackId)) this.#backlog.offer();
      return;
    }
    this.#ports.observe({ event: 'push-failed', subscription: config.name, delivery, result });
    this.#slowDown(config.retry);
    if (!this.#backlog.nack(delivery.ackId)) this.#backlog.offer();
  }

  async #post(request: PushRequest, timeoutMs: number): Promise<PostResult> {
    const { mintToken, poster } = this.#ports;
    if (this.#push.oidc === undefined || mintToken === undefined) return poster.post(request, timeoutMs);
    try {
      const authorization = `Bearer ${await mintToken(this.#push.oidc)}`;
      return await poster.post({ ...request, headers: { ...request.headers, authorization } }, timeoutMs);
    } catch (error) {
      return { kind: 'failed', error: `no token: ${String(error)}` };
    }
  }

  /** Requests that fail during a pause were sent before it and say nothing new. */
  #slowDown(retry: RetryPolicy | undefined): void {
    if (this.#stopped || this.#paused) return;
    this.#window = narrowed(this.#window);
    if (retry !== undefined && retry.minBackoffMs > 0) return;
    this.#paused = true;
    this.#cancelPause = this.#ports.clock.after(pauseMs(this.#window), () => {
      this.#paused = false;
      this.#backlog.offer();
    });
  }
}
