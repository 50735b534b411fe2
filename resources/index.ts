/** `levelset/resources`: declared resources with a spec and a status, and reconcilers for their kinds. */
export type { Change, OnChange } from './change.ts';
export type { Condition, ConditionClaim, ConditionStatus } from './core/conditions.ts';
export { conditionStatus, findCondition, withCondition } from './core/conditions.ts';
export { keyOf, parseTarget, resyncKey, type Target } from './core/key.ts';
export {
  defineKind,
  type Kind,
  type KindOptions,
  type KindSet,
  kindSet,
  type ResourceOf,
  type SpecInputOf,
  type SpecOf,
  type StatusOf,
} from './core/kind.ts';
export { type LabelSelector, parseLabelSelector } from './core/labels.ts';
export { check } from './core/problems.ts';
export { isDeleting, isObserved, type OwnerReference, type Resource, type ResourceMetadata } from './core/resource.ts';
export { ResourceError, type ResourceErrorKind } from './errors.ts';
export { DEFAULT_EVENT_NAMES, type EventNames, type ResourceEvent } from './events/cloud-events.ts';
export { subscribe, type Subscription } from './events/subscriptions.ts';
export type { SpecSnapshot } from './history.ts';
export { type OpenedResources, openResources, type OpenResourcesOptions } from './open.ts';
export { fromResult, type Result } from './reconcile/answers.ts';
export type { Children, ChildWish, EnsureOptions, SeenChildren } from './reconcile/children.ts';
export {
  type KindReconciler,
  type KindReconcilerOptions,
  type ReconcileContext,
  reconcilerFor,
} from './reconcile/definition.ts';
export { classify, ERROR_TABLE, type ErrorClass, type ErrorRule, type ErrorTable } from './reconcile/error-table.ts';
export { resourceReconciler, type ResourceReconcilerOptions } from './reconcile/router.ts';
export { serveResources, type ServeResourcesOptions } from './serve.ts';
export type { Edit, ListQuery, NewResource, ResourcePage, ResourceStore } from './store.ts';
