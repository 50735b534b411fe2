import { done } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Blade, BMC } from './kinds.ts';

/** A BMC knows the nodes that it manages. Its blade has looked at them all, and noted which are whose. */
export const bmcReconciler = reconcilerFor(BMC, {
  async reconcile({ resource, status, owner, store, condition }) {
    const blade = owner(Blade) ?? (await store.get(Blade, resource.spec.bladeUID));
    status.managedNodeUIDs = blade.status.nodesOfBMC[resource.metadata.uid] ?? [];
    condition({ type: 'Ready', status: 'True', reason: 'Registered' });
    return done();
  },
});
