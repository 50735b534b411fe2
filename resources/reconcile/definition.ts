import type { Answer } from '../../services/reconciler/answer.ts';
import type { Log } from '../../services/reconciler/log.ts';
import type { Duration } from '../../services/rpc/duration.ts';
import type { ConditionClaim } from '../core/conditions.ts';
import type { Kind, ResourceOf, StatusOf } from '../core/kind.ts';
import type { ResourceStore } from '../store.ts';
import type { Children } from './children.ts';

/** What a reconcile function is given: one resource, and what it may do about it. */
export interface ReconcileContext<K extends Kind> {
  readonly resource: ResourceOf<K>;
  /**
   * Say here what you see. A copy of the status: what differs at the end of the run is written, also when the function throws, and
   * nothing is written where nothing differs. What others wrote into other fields meanwhile stays.
   */
  readonly status: StatusOf<K>;
  /** Says a condition. Its transition time and observed generation are seen to. */
  readonly condition: (claim: Pick<ConditionClaim, 'type' | 'status' | 'reason' | 'message'>) => void;
  /** Writes the status now, for who watches a long run. */
  readonly saveStatus: () => Promise<void>;
  /** The resources that this one has: they bear its name as their owner, and go with it. */
  readonly children: Children;
  /** Its owner of this kind, as it was when the run began; `undefined` where it has none. */
  readonly owner: <O extends Kind>(kind: O) => ResourceOf<O> | undefined;
  /** All resources. Whatever is changed through it is queued with the answer. */
  readonly store: ResourceStore;
  /** Publishes an event: a word (`provisioned`), or a whole type (`io.example.device.started`). It may come twice. */
  readonly emit: (type: string, data?: unknown) => Promise<void>;
  /** Queues another resource with the answer. */
  readonly queue: (kind: Kind, uid: string) => void;
  /** Call again at once. */
  readonly requeueNow: () => Answer;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly key: string;
  readonly attempt: number;
  /** Aborts when the lease is lost, the deadline has passed, or this instance stops. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface KindReconciler<K extends Kind = Kind> {
  readonly kind: K;
  /** Brings the world to what the spec says. Safe to repeat. */
  reconcile(context: ReconcileContext<K>): Answer | Promise<Answer>;
  /** Kinds of its children: they are deleted first when it is. */
  readonly owns: readonly Kind[];
  /**
   * Cleans up outside when the resource is deleted and its children are gone. `gone`: it may go; otherwise when to call again. Safe
   * to repeat.
   */
  finalize?(context: ReconcileContext<K>): 'gone' | Answer | Promise<'gone' | Answer>;
  /** Whether a changed status is worth a look of the owner. Default: always. */
  tellsOwner(before: ResourceOf<K>, status: StatusOf<K>): boolean;
  /** Between two looks at all resources of the kind. */
  readonly resyncEvery: Duration;
}

export type KindReconcilerOptions<K extends Kind> = Pick<KindReconciler<K>, 'reconcile' | 'finalize'> &
  Partial<Pick<KindReconciler<K>, 'owns' | 'tellsOwner' | 'resyncEvery'>>;

/** A reconciler for one kind. */
export function reconcilerFor<K extends Kind>(kind: K, options: KindReconcilerOptions<K>): KindReconciler<K> {
  return { owns: [], tellsOwner: () => true, resyncEvery: '1h', ...options, kind };
}
