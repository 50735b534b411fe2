import { requeueAfter } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Blade, BMC, Chassis, Node, Rack } from './kinds.ts';
import { tagOf, templateOf } from './template.ts';

const HEALTHY = '10m';
const WAITING = '5s';
const NO_TEMPLATE = '30s';

/** A blade has nodes, and one BMC for all of them or one for each. */
export const bladeReconciler = reconcilerFor(Blade, {
  owns: [Node, BMC],

  async reconcile({ resource, status, owner, store, children, condition, queue }) {
    const { uid } = resource.metadata;
    const chassis = owner(Chassis) ?? (await store.get(Chassis, resource.spec.chassisUID));
    const rack = await store.get(Rack, chassis.spec.rackUID);
    const template = await templateOf(store, rack);
    if (template.kind !== 'found') return requeueAfter(NO_TEMPLATE);

    const { nodeCount, bmcMode } = template.spec.chassisConfig.bladeConfig;
    const labels = { rack: rack.metadata.uid };
    const bmcWishes = Array.from({ length: bmcMode === 'shared' ? 1 : nodeCount }, (_, index) => ({
      index,
      name: (bmcUid: string) => `bmc-${bmcUid}`,
      spec: { bladeUID: uid },
      labels,
    }));
    const bmcs = await children.ensure(BMC, bmcWishes);

    const nodeWishes = Array.from({ length: nodeCount }, (_, index) => {
      const bmcUID = bmcs.present[bmcMode === 'shared' ? 0 : index]?.metadata.uid;
      const spec = { bladeUID: uid, nodeNumber: index, ...(bmcUID !== undefined && { bmcUID }) };
      return { index, name: `node-${uid}-${index}`, spec, labels };
    });
    const nodes = await children.ensure(Node, nodeWishes, { order: (node) => node.spec.nodeNumber });

    status.nodeUIDs = nodes.present.map((node) => node.metadata.uid);
    status.bmcUIDs = bmcs.present.map((bmc) => bmc.metadata.uid);
    status.observedTemplate = tagOf(template);
    const managedBy = (bmcUid: string) =>
      nodes.present.filter((node) => node.spec.bmcUID === bmcUid).map((node) => node.metadata.uid);
    status.nodesOfBMC = Object.fromEntries(status.bmcUIDs.map((bmcUid) => [bmcUid, managedBy(bmcUid)]));
    // A BMC takes its nodes from here, when it is looked at.
    const outdated = bmcs.present.filter(
      ({ metadata, status: { managedNodeUIDs } }) => managedNodeUIDs.join() !== managedBy(metadata.uid).join(),
    );
    for (const bmc of outdated) queue(BMC, bmc.metadata.uid);
    if (bmcs.settled && nodes.settled && outdated.length === 0) {
      condition({ type: 'Ready', status: 'True', reason: 'Provisioned' });
      return requeueAfter(HEALTHY);
    }
    condition({ type: 'Ready', status: 'False', reason: 'Provisioning' });
    return requeueAfter(WAITING);
  },
});
