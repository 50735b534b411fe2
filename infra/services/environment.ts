import { ENV } from '../../catalogue/environment.ts';
import { partName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';

/** Where a queue is: literals, or references that Terraform fills in. */
export interface Whereabouts {
  readonly bucket: string;
  readonly topic: string;
}

export interface DispatcherWhereabouts extends Whereabouts {
  readonly failureTopic?: string;
  readonly region: string;
  readonly reconciler: string;
}

export interface ResourcesWhereabouts {
  readonly bucket: string;
  readonly eventsTopic: string;
}

export type Environment = Readonly<Record<string, string>>;

/** The collector beside the service, which it reaches without leaving its instance. */
const COLLECTOR = 'http://localhost:4318';

/**
 * The environment of each service of ours. What Cloud Run sets itself (`PORT`, `K_SERVICE`) is not ours to set, and what is at its
 * default is set all the same where the config has it: the config is what counts, whatever image runs.
 */
export function receiverEnvironment(infra: Infra, queue: Queue, at: Whereabouts): Environment {
  return {
    [ENV.queue]: queue.name,
    [ENV.project]: infra.project,
    [ENV.bucket]: at.bucket,
    [ENV.topic]: at.topic,
    [ENV.regions]: regionNames(infra),
    ...telemetry(infra),
  };
}

export function ingressEnvironment(infra: Infra, queue: Queue, at: Whereabouts): Environment {
  const rules = queue.ingress?.rules ?? [];
  return { ...receiverEnvironment(infra, queue, at), [ENV.ingress]: JSON.stringify({ rules }) };
}

export function dispatcherEnvironment(infra: Infra, queue: Queue, at: DispatcherWhereabouts): Environment {
  return {
    [ENV.queue]: queue.name,
    [ENV.project]: infra.project,
    [ENV.bucket]: at.bucket,
    [ENV.topic]: at.topic,
    ...(at.failureTopic === undefined ? {} : { [ENV.failureTopic]: at.failureTopic }),
    [ENV.region]: at.region,
    [ENV.regions]: regionNames(infra),
    [ENV.concurrency]: String(queue.concurrency),
    [ENV.reconciler]: at.reconciler,
    [ENV.maxAttempts]: String(queue.maxAttempts),
    [ENV.backoffSeconds]: String(queue.backoffSeconds),
    [ENV.backoffMaxSeconds]: String(queue.backoffMaxSeconds),
    [ENV.deadlineSeconds]: String(queue.deadlineSeconds),
    [ENV.handoverSeconds]: String(queue.dispatcher.handoverSeconds),
    [ENV.billing]: queue.dispatcher.billing,
    ...telemetry(infra),
  };
}

/** What `levelset/resources` reads, in the reconciler as in the API. */
function resourcesEnvironment(infra: Infra, at: ResourcesWhereabouts): Environment {
  return {
    [ENV.project]: infra.project,
    [ENV.resourcesBucket]: at.bucket,
    [ENV.eventsTopic]: at.eventsTopic,
  };
}

/** So that its log and its metrics name the queue; the rest is the user's own. */
export function reconcilerEnvironment(infra: Infra, queue: Queue, region: string, documents?: ResourcesWhereabouts) {
  return {
    ...(documents && resourcesEnvironment(infra, documents)),
    [ENV.project]: infra.project,
    [ENV.queue]: queue.name,
    [ENV.region]: region,
  };
}

export function apiEnvironment(
  infra: Infra,
  queue: Queue,
  at: ResourcesWhereabouts & { readonly receiver: string },
): Environment {
  const kinds = queue.resources?.api?.kinds;
  return {
    ...resourcesEnvironment(infra, at),
    [ENV.receiver]: at.receiver,
    ...(kinds !== undefined && { [ENV.kinds]: kinds }),
    ...telemetry(infra),
  };
}

export function redriveEnvironment(infra: Infra, queue: Queue, at: Whereabouts): Environment {
  return {
    [ENV.queue]: queue.name,
    [ENV.project]: infra.project,
    [ENV.bucket]: at.bucket,
    [ENV.topic]: at.topic,
    [ENV.regions]: regionNames(infra),
    [ENV.operator]: `job ${partName(queue.name, 'redrive')}`,
  };
}

function telemetry(infra: Infra): Environment {
  return infra.telemetry.enabled ? { [ENV.otlpEndpoint]: COLLECTOR } : {};
}

function regionNames(infra: Infra): string {
  return infra.regions.map(({ name }) => name).join(',');
}
