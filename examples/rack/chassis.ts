import { requeueAfter } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Blade, Chassis, Rack } from './kinds.ts';
import { isBuiltBy, tagOf, templateOf } from './template.ts';

const HEALTHY = '10m';
const WAITING = '5s';
const NO_TEMPLATE = '30s';

/** A chassis has blades. */
export const chassisReconciler = reconcilerFor(Chassis, {
  owns: [Blade],

  async reconcile({ resource, status, owner, store, children, condition }) {
    const { uid } = resource.metadata;
    const rack = owner(Rack) ?? (await store.get(Rack, resource.spec.rackUID));
    const template = await templateOf(store, rack);
    // The rack says so, too; here nothing is built and nothing torn down meanwhile.
    if (template.kind !== 'found') return requeueAfter(NO_TEMPLATE);

    const tag = tagOf(template);
    const { bladeCount } = template.spec.chassisConfig;
    const wishes = Array.from({ length: bladeCount }, (_, index) => ({
      index,
      name: `chassis-${uid}-blade-${index}`,
      spec: { chassisUID: uid, bladeNumber: index },
      labels: { rack: rack.metadata.uid },
    }));
    const { present, settled } = await children.ensure(Blade, wishes, {
      settled: isBuiltBy(tag),
      order: (blade) => blade.spec.bladeNumber,
    });

    status.bladeUIDs = present.map((blade) => blade.metadata.uid);
    status.totalNodes = present.reduce((total, blade) => total + blade.status.nodeUIDs.length, 0);
    status.totalBMCs = present.reduce((total, blade) => total + blade.status.bmcUIDs.length, 0);
    status.observedTemplate = tag;
    if (settled) {
      condition({ type: 'Ready', status: 'True', reason: 'Provisioned' });
      return requeueAfter(HEALTHY);
    }
    const message = `${present.filter(isBuiltBy(tag)).length} of ${bladeCount} blades are ready`;
    condition({ type: 'Ready', status: 'False', reason: 'Provisioning', message });
    return requeueAfter(WAITING);
  },
});
