import { defineReconciler, type Reconciler } from '../../services/reconciler/reconciler.ts';
import { done, reject } from '../../services/reconciler/answer.ts';
import { parseTarget } from '../core/key.ts';
import type { Kind } from '../core/kind.ts';
import type { Publishing } from '../events/publisher.ts';
import type { ResourceStore } from '../store.ts';
import { CLEANUP } from './deletion.ts';
import type { KindReconciler } from './definition.ts';
import { ERROR_TABLE, type ErrorTable } from './error-table.ts';
import { resync } from './resync.ts';
import { runResource } from './run.ts';

export interface ResourceReconcilerOptions {
  readonly store: ResourceStore;
  readonly publishing: Publishing;
  readonly reconcilers: readonly KindReconciler[];
  /** Instead of some of the defaults. */
  readonly errors?: Partial<ErrorTable>;
  /** How long a transient error is waited out before it counts as a failure. Default 15 min. Milliseconds. */
  readonly progressDeadlineMs?: number;
}

const PROGRESS_DEADLINE_MS = 15 * 60_000;

/**
 * One reconciler for many kinds: keys are `Kind/uid`. A key that is none, and one of a kind that the store does not know, becomes a dead
 * letter; one of a kind without a reconciler is done. Throws where two are for the same kind, or one for a kind that the store does not know.
 */
export function resourceReconciler(options: ResourceReconcilerOptions): Reconciler {
  const { store, publishing, reconcilers, progressDeadlineMs = PROGRESS_DEADLINE_MS } = options;
  const byKind = new Map<string, KindReconciler>();
  for (const reconciler of reconcilers) {
    const { name } = reconciler.kind;
    if (byKind.has(name)) throw new Error(`a reconciler is registered already for this kind: ${name}`);
    if (store.kinds.byName(name) === undefined)
      throw new Error(`the store does not know the kind of this reconciler: ${name}`);
    byKind.set(name, reconciler);
  }
  /** Who has children or something outside is not to go without its reconciler. */
  const finalizersOf = ({ name }: Kind) => {
    const reconciler = byKind.get(name);
    return reconciler && (reconciler.owns.length > 0 || reconciler.finalize) ? [CLEANUP] : [];
  };
  const errors: ErrorTable = { ...ERROR_TABLE, ...options.errors };
  const run = { store, publishing, errors, progressDeadlineMs, finalizersOf };

  return defineReconciler(async (handler) => {
    const target = parseTarget(handler.key);
    if (!target.ok) return reject(target.problem);
    const { kind } = target.value;
    const reconciler = byKind.get(kind);
    if (!reconciler) {
      // Resources that are only read by others: each write of them is a key, and there is nothing to do for it.
      if (store.kinds.byName(kind)) return done();
      return reject(`this kind is not known here: ${kind}`);
    }
    if (target.value.what === 'resync') {
      return resync(store, reconciler.kind, target.value.after, reconciler.resyncEvery);
    }
    return runResource(run, reconciler, target.value.uid, handler);
  });
}
