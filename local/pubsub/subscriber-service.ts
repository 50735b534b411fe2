import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Clock } from '../../queue/ports/clock.ts';
import { type Answer, answered, refused } from './answer.ts';
import type { Broker } from './broker.ts';
import { statusOf, unary } from './grpc.ts';
import { isProjectName } from './names.ts';
import { pageOf } from './page.ts';
import { pull, type WirePullRequest, type WirePullResponse } from './pull.ts';
import { acknowledge, modifyAckDeadline } from './settling.ts';
import { streamingPull } from './streaming-pull.ts';
import type { Subscription } from './subscription.ts';
import { wireSubscription } from './subscription-config.ts';
import type { WireFieldMask } from './update-mask.ts';
import type { WirePushConfig, WireSubscription } from './wire.ts';

/** google.pubsub.v1.Subscriber. What is missing here (snapshots, Seek) answers UNIMPLEMENTED. */
export function subscriberService(broker: Broker, clock: Clock): UntypedServiceImplementation {
  const pullCall: handleUnaryCall<WirePullRequest, WirePullResponse> = (call, callback) => {
    const stop = pull(broker, clock, call.request, (answer) =>
      answer.ok ? callback(null, answer.value) : callback(statusOf(answer)),
    );
    call.on('cancelled', stop);
  };

  return {
    CreateSubscription: unary((subscription: WireSubscription) => wired(broker.createSubscription(subscription))),

    GetSubscription: unary(({ subscription }: Named) => wired(broker.subscription(subscription))),

    UpdateSubscription: unary(
      ({ subscription, updateMask }: { subscription: WireSubscription | null; updateMask: WireFieldMask | null }) =>
        subscription === null
          ? refused('INVALID_ARGUMENT', 'subscription is missing')
          : wired(broker.updateSubscription(subscription, updateMask)),
    ),

    ListSubscriptions: unary(
      ({ project, pageSize, pageToken }: { project: string; pageSize: number; pageToken: string }) => {
        if (!isProjectName(project)) {
          return refused('INVALID_ARGUMENT', `project name is malformed: project=${project}`);
        }
        const subscriptions = [...broker.subscriptions()].filter(({ name }) => name.startsWith(`${project}/`));
        const page = pageOf(subscriptions, pageSize, pageToken);
        if (!page.ok) return page;
        const { items, nextPageToken } = page.value;
        return answered({ subscriptions: items.map(({ config }) => wireSubscription(config)), nextPageToken });
      },
    ),

    DeleteSubscription: unary(({ subscription }: Named) => empty(broker.deleteSubscription(subscription))),

    ModifyPushConfig: unary(({ subscription, pushConfig }: Named & { pushConfig: WirePushConfig | null }) =>
      empty(broker.modifyPush(subscription, pushConfig)),
    ),

    Acknowledge: unary(({ subscription, ackIds }: Named & { ackIds: readonly string[] }) => {
      const found = broker.subscription(subscription);
      return found.ok ? acknowledge(found.value.backlog, ackIds) : found;
    }),

    ModifyAckDeadline: unary(
      ({
        subscription,
        ackIds,
        ackDeadlineSeconds,
      }: Named & { ackIds: readonly string[]; ackDeadlineSeconds: number }) => {
        const found = broker.subscription(subscription);
        return found.ok ? modifyAckDeadline(found.value.backlog, ackIds, ackDeadlineSeconds) : found;
      },
    ),

    Pull: pullCall,

    StreamingPull: streamingPull(broker),
  };
}

interface Named {
  subscription: string;
}

function wired(answer: Answer<Subscription>): Answer<WireSubscription> {
  return answer.ok ? answered(wireSubscription(answer.value.config)) : answer;
}

function empty(answer: Answer<unknown>): Answer<object> {
  return answer.ok ? answered({}) : answer;
}
