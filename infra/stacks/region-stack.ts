import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { stackName } from '../config/names.ts';
import type { Infra, Region } from '../config/schema.ts';
import { memberOf } from '../resources/identities.ts';
import { listed, mayInvoke } from '../resources/invokers.ts';
import { eventPushes, hintPush } from '../resources/push.ts';
import { dispatcherService } from '../services/dispatcher.ts';
import type { Whereabouts } from '../services/environment.ts';
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

    const reconciler = reconcilerService(this, { queue, region, identity: ids.reconciler });
    mayInvoke(this, `${name}-reconciler`, reconciler, { dispatcher: memberOf(ids.dispatcher) });

    const at: Whereabouts = {
      bucket: made.bucket,
      topic: topics.hints.name,
      ...(topics.failures && { failureTopic: topics.failures.name }),
      region: region.name,
      reconciler: reconciler.uri,
    };
    const dispatcher = dispatcherService(this, { infra, queue, region, at, identity: ids.dispatcher });
    mayInvoke(this, `${name}-dispatcher`, dispatcher, { push });
    hintPush(this, { queue, region: region.name, topic: topics.hints.id, dispatcher, identity: ids.push });

    const receiver = receiverService(this, { infra, queue, region, at, identity: ids.receiver });
    mayInvoke(this, `${name}-receiver`, receiver, listed(queue.receiver.callers));
    new TerraformOutput(this, `${name}-receiver-address`, { value: receiver.uri });

    if (ids.ingress === undefined) return;
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
