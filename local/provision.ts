/** What the infra makes on Google Cloud, made on the emulators. All of it is safe to repeat. */
import { PubSub } from '@google-cloud/pubsub';
import { type HintMessage, subscriptionFilter } from '../queue/core/hint.ts';

/** The hint topic and who it pushes to. */
export interface Provisioning {
  readonly project: string;
  readonly topic: string;
  /** `host:port`. */
  readonly pubsubHost: string;
  /** Where each region's dispatcher takes triggers. */
  readonly pushEndpoints: Readonly<Record<string, string>>;
}

/** Longer than a dispatcher holds a trigger open. */
const ACK_DEADLINE_SECONDS = 600;
/** Locally nobody wants to wait minutes for a dispatcher that was just restarted. */
const RETRY = { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 10 } };

export const ALREADY_EXISTS = 6;
export const NOT_FOUND = 5;

/** A Cloud Storage client, as much of it as is needed here. */
export interface BucketMaker {
  createBucket(name: string): Promise<unknown>;
}

const HTTP_CONFLICT = 409;

export async function provisionBucket(storage: BucketMaker, bucket: string): Promise<void> {
  await unless(HTTP_CONFLICT, storage.createBucket(bucket));
}

/** The topic and a push subscription for each region. An emulator without memory needs this again after a restart. */
export class HintTopic implements AsyncDisposable {
  readonly #provisioning: Provisioning;
  readonly #pubsub: PubSub;

  constructor(provisioning: Provisioning) {
    this.#provisioning = provisioning;
    this.#pubsub = new PubSub({
      projectId: provisioning.project,
      apiEndpoint: provisioning.pubsubHost,
      emulatorMode: true,
    });
  }

  async provision(): Promise<void> {
    const { topic: name, pushEndpoints } = this.#provisioning;
    const topic = this.#pubsub.topic(name);
    await unless(ALREADY_EXISTS, topic.create());
    for (const [region, pushEndpoint] of Object.entries(pushEndpoints)) {
      const subscription = topic.subscription(`${name}-${region}`);
      const create = () =>
        subscription.create({
          pushConfig: { pushEndpoint },
          filter: subscriptionFilter(region),
          ackDeadlineSeconds: ACK_DEADLINE_SECONDS,
          retryPolicy: RETRY,
        });
      if (await unless(ALREADY_EXISTS, create())) continue;
      // From an earlier stack, on an emulator that runs on: it may push to another port. What it holds are hints, which may be lost.
      await unless(NOT_FOUND, subscription.delete());
      await create();
    }
  }

  /** Publishes; where the topic is gone, makes everything anew first. */
  async publish({ data, attributes }: HintMessage): Promise<void> {
    const send = () =>
      this.#pubsub
        .topic(this.#provisioning.topic)
        .publishMessage({ data: Buffer.from(data), attributes: { ...attributes } });
    if (await unless(NOT_FOUND, send())) return;
    await this.provision();
    await send();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pubsub.close();
  }
}

/** Whether a call succeeded; false where it failed with this code (of gRPC or HTTP), which is then an answer. */
export async function unless(code: number, call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false;
    throw error;
  }
}
