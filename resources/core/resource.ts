import type { Condition } from './conditions.ts';

/** Who a resource belongs to: it is deleted with its owner. */
export interface OwnerReference {
  readonly kind: string;
  readonly uid: string;
}

export interface ResourceMetadata {
  readonly name: string;
  /** `<prefix>-<8, 12 or 16 hex>`. */
  readonly uid: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** RFC 3339 UTC, as all times here. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Version of the spec, from 1: a change of the spec adds one, nothing else does. */
  readonly generation: number;
  /** Version of the whole resource: changes with every write. Not ordered. */
  readonly resourceVersion: string;
  /** Set: it is being deleted, and goes when its last finalizer is removed. */
  readonly deletionTimestamp?: string;
  /** Who has to clean something up first. */
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** What every status has besides what its kind says. */
export interface StatusBase {
  readonly conditions?: readonly Condition[];
  /** The generation of the spec that the status speaks of. */
  readonly observedGeneration?: number;
}

/** Something declared: `spec` is what its user wants, `status` what its reconciler sees. */
export interface Resource<Spec = unknown, Status = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schemaVersion: string;
  readonly metadata: ResourceMetadata;
  readonly spec: Spec;
  readonly status: Status & StatusBase;
}

/** Whether the status speaks of the spec as it is now. */
export function isObserved(resource: Resource): boolean {
  return resource.status.observedGeneration === resource.metadata.generation;
}

export function isDeleting(resource: Resource): boolean {
  return resource.metadata.deletionTimestamp !== undefined;
}

export function isOwnedBy(resource: Resource, ownerUid: string): boolean {
  return (resource.metadata.ownerReferences ?? []).some(({ uid }) => uid === ownerUid);
}
