import { CloudEvent } from 'cloudevents';
import type { Change } from '../change.ts';
import { keyOf } from '../core/key.ts';
import { changedConditions, type ConditionChange } from '../core/conditions.ts';
import type { Resource } from '../core/resource.ts';

/** How the events of a system are called. */
export interface EventNames {
  /** Types are `<prefix>.<kind>.<action>`. */
  readonly prefix: string;
  /** Types of conditions are `<conditionPrefix>.<type>`. */
  readonly conditionPrefix: string;
  /** Sources are `<source>/resources/<Kind>/<uid>`. */
  readonly source: string;
}

/** The names of the reconciliation framework that this library takes the place of, so that subscribers need not change. */
export const DEFAULT_EVENT_NAMES: EventNames = {
  prefix: 'io.fabrica',
  conditionPrefix: 'io.fabrica.condition',
  source: 'fabrica-api',
};

export interface EventStamp {
  /** `evt-` and 12 hex. */
  readonly newId: () => string;
  /** RFC 3339. */
  readonly now: string;
}

export type ResourceEvent = CloudEvent<unknown>;

/** The events of a write: one of the resource, and one of each condition that changed what it says. */
export function eventsOf(change: Change, names: EventNames, stamp: EventStamp): ResourceEvent[] {
  const { action, part, patchType, resource, before } = change;
  const { name, uid, updatedAt, deletionTimestamp } = resource.metadata;
  const metadata = {
    updatedAt,
    ...(deletionTimestamp !== undefined && { deletedAt: deletionTimestamp }),
    ...(part === 'status' && { updateType: 'status' }),
    ...(patchType !== undefined && { patchType }),
  };
  const changed = event(names, stamp, resource, {
    type: typeOf(names, resource.kind, action),
    action,
    // So that a subscription can leave out what reconcilers write.
    ...(part === 'status' && { updatetype: 'status' }),
    data: {
      action,
      resourceKind: resource.kind,
      resourceUID: uid,
      resourceName: name,
      changeTime: stamp.now,
      metadata,
      ...(action !== 'deleted' && { resource }),
    },
  });
  const conditions =
    action === 'deleted' ? [] : changedConditions(before?.status.conditions, resource.status.conditions);
  return [changed, ...conditions.map((each) => conditionEvent(names, stamp, resource, each))];
}

/**
 * An event of a reconciler's own. A type with dots is taken as it is (`io.example.device.started`); a word becomes
 * `<prefix>.<kind>.<word>`.
 */
export function customEvent(
  names: EventNames,
  stamp: EventStamp,
  resource: Resource,
  type: string,
  data: unknown,
): ResourceEvent {
  const whole = type.includes('.') ? type : typeOf(names, resource.kind, type);
  return event(names, stamp, resource, { type: whole, action: whole.slice(whole.lastIndexOf('.') + 1), data });
}

function conditionEvent(
  names: EventNames,
  stamp: EventStamp,
  resource: Resource,
  { condition, previousStatus }: ConditionChange,
): ResourceEvent {
  const { type, status, reason, message, lastTransitionTime } = condition;
  const lower = type.toLowerCase();
  const base = event(names, stamp, resource, {
    type: `${names.conditionPrefix}.${lower}`,
    conditiontype: type,
    conditionstatus: status,
    data: {
      conditionType: type,
      status,
      previousStatus,
      reason,
      message,
      transitionTime: lastTransitionTime,
      resourceKind: resource.kind,
      resourceUID: resource.metadata.uid,
    },
  });
  return base.cloneWith({ source: `${base.source}/conditions/${lower}` });
}

function typeOf({ prefix }: EventNames, kind: string, action: string): string {
  return `${prefix}.${kind.toLowerCase()}.${action.toLowerCase()}`;
}

function event(
  { source }: EventNames,
  { newId, now }: EventStamp,
  { kind, metadata: { uid } }: Resource,
  rest: { readonly type: string; readonly data: unknown; readonly [extension: string]: unknown },
): ResourceEvent {
  return new CloudEvent({
    specversion: '1.0',
    id: newId(),
    time: now,
    source: `${source}/resources/${kind}/${uid}`,
    // What an ingress of the queue takes as the key.
    subject: keyOf(kind, uid),
    datacontenttype: 'application/json',
    resourcekind: kind,
    resourceuid: uid,
    ...rest,
  });
}
