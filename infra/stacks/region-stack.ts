import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { stackName } from '../config/names.ts';
import type { Infra, Region } from '../config/schema.ts';
import { memberOf } from '../resources/identities.ts';
import { listed, mayInvoke } from '../resources/invokers.ts';
import { eventPushes, hintPush } from '../resources/push.ts';
import { apiService } from '../services/api.ts';
import { dispatcherService } from '../services/dispatcher.ts';
import { reconcilerEnvironment } from '../services/environment.ts';
import { ingressService } from '../services/ingress.ts';
import { receiverService } from '../services/receiver.ts';
import { reconcilerService } from '../services/reconciler.ts';
import { foundation } from './foundation.ts';
import type { GlobalQueue, GlobalStack } from './global-stack.ts';

/** The services of all queues in one region, who may call them, and what is pushed to them. */
export class RegionStack extends TerraformStack {
  constructor(scope: Construct, infra: Infra, region: Region, global: GlobalStack) {
    super(scope, stackName(infra, region.name));
    foundation(this, infra, region.name);
    for (const queue of global.queues) this.#provision(infra, region, queue, global.pubsubAgent);
  }

  #provision(infra: Infra, region: Region, made: GlobalQueue, pubsubAgent: string): void {
    const { queue, identities: ids, topics } = made;
    const { name } = queue;
    const push = memberOf(ids.push);

    const env = reconcilerEnvironment(infra, queue, region.name, made.resources);
    const reconciler = reconcilerService(this, { queue, region, identity: ids.reconciler, env });
    mayInvoke(this, `${name}-reconciler`, reconciler, { dispatcher: memberOf(ids.dispatcher) });

    const at = { bucket: made.bucket, topic: topics.hints.name };
    const dispatcher = dispatcherService(this, {
      infra,
      queue,
      region,
      at: {
        ...at,
        ...(topics.failures && { failureTopic: topics.failures.name }),
        region: region.name,
        reconciler: reconciler.uri,
      },
      identity: ids.dispatcher,
    });
    mayInvoke(this, `${name}-dispatcher`, dispatcher, { push });
    hintPush(this, { queue, region: region.name, topic: topics.hints.id, dispatcher, identity: ids.push });

    const receiver = receiverService(this, { infra, queue, region, at, identity: ids.receiver });
    mayInvoke(this, `${name}-receiver`, receiver, {
      ...listed(queue.receiver.callers),
      ...(ids.api === undefined ? {} : { api: memberOf(ids.api) }),
    });
    new TerraformOutput(this, `${name}-receiver-address`, { value: receiver.uri });

    if (made.resources && ids.api !== undefined) {
      const order = { infra, queue, region, at: { ...made.resources, receiver: receiver.uri }, identity: ids.api };
      const api = apiService(this, order);
      if (api) {
        mayInvoke(this, `${name}-api`, api, listed(queue.resources?.api?.callers ?? []));
        new TerraformOutput(this, `${name}-api-address`, { value: api.uri });
      }
    }
    this.#events(infra, region, made, pubsubAgent);
  }

  #events(infra: Infra, region: Region, made: GlobalQueue, pubsubAgent: string): void {
    const { queue, identities: ids, topics } = made;
    const { name } = queue;
    const push = memberOf(ids.push);
    if (ids.ingress === undefined) return;
    const at = { bucket: made.bucket, topic: topics.hints.name };
    const ingress = ingressService(this, { infra, queue, region, at, identity: ids.ingress });
    if (!ingress) return;
    const callers = listed(queue.ingress?.callers ?? []);
    mayInvoke(this, `${name}-ingress`, ingress, topics.undeliverable ? { push, ...callers } : callers);
    new TerraformOutput(this, `${name}-ingress-address`, { value: ingress.uri });
    if (!topics.undeliverable) return;
    const undeliverable = topics.undeliverable.id;
    eventPushes(this, { infra, queue, region: region.name, ingress, identity: ids.push, undeliverable, pubsubAgent });
  }
}
