import { type Client, credentials, makeGenericClientConstructor, type ServiceError, status } from '@grpc/grpc-js';
import { loadServices } from '../../local/pubsub/protos.ts';
import type { WireReceivedMessage } from '../../local/pubsub/wire.ts';

const services = loadServices();
const Raw = makeGenericClientConstructor({ ...services.publisher, ...services.subscriber }, 'Pubsub');

/** Pub/Sub spoken to without the official client's help, which would not send what breaks a rule. */
export class PubsubRpc {
  readonly #client: Client;
  #named = 0;

  constructor(port: number) {
    this.#client = new Raw(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  call<Response>(method: string, request: object): Promise<Response> {
    const definition = services.publisher[method] ?? services.subscriber[method];
    if (definition === undefined) throw new Error(`no such method: ${method}`);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        (bytes): Response => definition.responseDeserialize(bytes) as Response,
        request,
        (error, response) => (response === undefined ? reject(error ?? new Error('no response')) : resolve(response)),
      );
    });
  }

  /** The name of the status that a call ends with. */
  async statusOf(method: string, request: object): Promise<string> {
    return this.call(method, request).then(
      () => 'OK',
      (error: unknown) => status[(error as ServiceError).code] ?? String(error),
    );
  }

  /** A topic and a subscription to it, both new. */
  async subscribe(options: object = {}): Promise<{ topic: string; subscription: string }> {
    const topic = await this.topic();
    const subscription = this.fresh('subscription');
    await this.call('CreateSubscription', { name: subscription, topic, ...options });
    return { topic, subscription };
  }

  async topic(): Promise<string> {
    const name = this.fresh('topic');
    await this.call('CreateTopic', { name });
    return name;
  }

  fresh(kind: 'topic' | 'subscription'): string {
    return `projects/truth/${kind}s/name-${++this.#named}`;
  }

  async publish(topic: string, messages: readonly object[]): Promise<readonly string[]> {
    return (await this.call<{ messageIds: string[] }>('Publish', { topic, messages })).messageIds;
  }

  /** What is there at the moment. */
  async pull(subscription: string, maxMessages = 100): Promise<readonly WireReceivedMessage[]> {
    const request = { subscription, maxMessages, returnImmediately: true };
    return (await this.call<{ receivedMessages: WireReceivedMessage[] }>('Pull', request)).receivedMessages;
  }

  ack(subscription: string, ackIds: readonly string[]): Promise<unknown> {
    return this.call('Acknowledge', { subscription, ackIds });
  }

  /** 0 seconds is a nack. */
  extend(subscription: string, ackIds: readonly string[], ackDeadlineSeconds: number): Promise<unknown> {
    return this.call('ModifyAckDeadline', { subscription, ackIds, ackDeadlineSeconds });
  }

  close(): void {
    this.#client.close();
  }
}
