import { done } from 'levelset';
import { reconcilerFor } from 'levelset/resources';
import { Node } from './kinds.ts';

/** Where a node would be looked for in the network; here it is only in the books. Its owner going takes it along. */
export const nodeReconciler = reconcilerFor(Node, {
  reconcile({ condition }) {
    condition({ type: 'Ready', status: 'True', reason: 'Registered' });
    return done();
  },
});
