import { requeueAfter } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Chassis, Rack, RackTemplate } from './kinds.ts';
import { isBuiltBy, tagOf, templateOf } from './template.ts';

/** A rack that is as it should be is looked at again this often; one that waits for its chassis this soon. */
const HEALTHY = '10m';
const WAITING = '5s';
const NO_TEMPLATE = '30s';
const BAD_TEMPLATE = '5m';

/** A rack has chassis, as many as its template says. What is in them is theirs to see to. */
export const rackReconciler = reconcilerFor(Rack, {
  owns: [Chassis],

  async reconcile({ resource, status, store, children, condition, emit, queue }) {
    const rack = resource;
    const { uid, name } = rack.metadata;
    const template = await templateOf(store, rack);
    if (template.kind !== 'found') {
      const reason = template.kind === 'absent' ? 'TemplateNotFound' : 'InvalidTemplate';
      status.phase = 'Error';
      condition({ type: 'Ready', status: 'False', reason, message: template.problem });
      return requeueAfter(template.kind === 'absent' ? NO_TEMPLATE : BAD_TEMPLATE);
    }

    if (rack.status.phase !== 'Ready') {
      status.phase = 'Provisioning';
      // Written with what this run sees, not before: one object takes about one write a second, and the finalizer was one.
      condition({ type: 'Ready', status: 'False', reason: 'Provisioning', message: 'Creating chassis' });
    }
    const { chassisCount } = template.spec;
    const wishes = Array.from({ length: chassisCount }, (_, index) => ({
      index,
      name: `${name}-chassis-${index}`,
      spec: { rackUID: uid, chassisNumber: index },
      labels: { rack: uid },
    }));
    const tag = tagOf(template);
    const { present, settled } = await children.ensure(Chassis, wishes, {
      settled: isBuiltBy(tag),
      order: (chassis) => chassis.spec.chassisNumber,
    });

    // Who counts racks has something to count anew.
    const { observedTemplateUID } = rack.status;
    if (observedTemplateUID !== template.uid) {
      queue(RackTemplate, template.uid);
      if (observedTemplateUID !== undefined) queue(RackTemplate, observedTemplateUID);
    }
    status.observedTemplateUID = template.uid;
    status.observedTemplateGeneration = template.generation;
    status.chassisUIDs = present.map((chassis) => chassis.metadata.uid);
    status.totalChassis = present.length;
    status.totalBlades = sum(present.map((chassis) => chassis.status.bladeUIDs.length));
    status.totalNodes = sum(present.map((chassis) => chassis.status.totalNodes));
    status.totalBMCs = sum(present.map((chassis) => chassis.status.totalBMCs));

    if (!settled) {
      status.phase = 'Provisioning';
      const message = `${present.filter(isBuiltBy(tag)).length} of ${chassisCount} chassis are ready`;
      condition({ type: 'Ready', status: 'False', reason: 'Provisioning', message });
      return requeueAfter(WAITING);
    }
    if (rack.status.phase !== 'Ready') await emit('provisioned', { resourceUID: uid, totalNodes: status.totalNodes });
    status.phase = 'Ready';
    condition({ type: 'Ready', status: 'True', reason: 'Provisioned', message: 'All resources created' });
    return requeueAfter(HEALTHY);
  },

  finalize({ resource, queue }) {
    queue(RackTemplate, resource.spec.templateUID);
    return 'gone';
  },
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
