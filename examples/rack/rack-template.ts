import { done } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Rack, RackTemplate } from './kinds.ts';

/** Counts the racks that refer to a template, and brings it to those that were not built by it as it is now. */
export const rackTemplateReconciler = reconcilerFor(RackTemplate, {
  async reconcile({ resource, status, store, condition, queue }) {
    const { uid, generation } = resource.metadata;
    let racks = 0;
    for await (const rack of store.all(Rack, { where: { templateUID: uid } })) {
      racks++;
      if (rack.status.observedTemplateGeneration !== generation) queue(Rack, rack.metadata.uid);
    }
    status.usageCount = racks;
    condition({ type: 'Ready', status: 'True', reason: 'Valid' });
    return done();
  },

  /** Racks say for themselves that their template is gone. */
  async finalize({ resource, store, queue }) {
    for await (const uid of store.uids(Rack, { where: { templateUID: resource.metadata.uid } })) queue(Rack, uid);
    return 'gone' as const;
  },
});
