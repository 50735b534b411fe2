import { done } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { BMC, Node } from './kinds.ts';

/** A BMC knows the nodes that it manages. */
export const bmcReconciler = reconcilerFor(BMC, {
  async reconcile({ resource, status, store, condition }) {
    const { uid } = resource.metadata;
    const nodes: { readonly uid: string; readonly number: number }[] = [];
    for await (const node of store.all(Node, { owner: resource.spec.bladeUID })) {
      if (node.spec.bmcUID === uid) nodes.push({ uid: node.metadata.uid, number: node.spec.nodeNumber });
    }
    status.managedNodeUIDs = nodes.sort((a, b) => a.number - b.number).map((node) => node.uid);
    condition({ type: 'Ready', status: 'True', reason: 'Registered' });
    return done();
  },
});
