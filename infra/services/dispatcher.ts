import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import { partName } from '../config/names.ts';
import type { Infra, Queue, Region } from '../config/schema.ts';
import { cloudRunService, variables } from './cloud-run.ts';
import { collectorContainers } from './collector.ts';
import { dispatcherEnvironment, type DispatcherWhereabouts } from './environment.ts';

/** Pushes are small and mostly answered at once: all of a burst go to the one instance. */
const PUSHES_AT_ONCE = 1000;

/**
 * One instance a region: it holds the region's lock, and a second could only wait for it. During a deploy there are two for a
 * moment, and the older hands over.
 */
export function dispatcherService(
  scope: Construct,
  {
    infra,
    queue,
    region,
    at,
    identity,
  }: { infra: Infra; queue: Queue; region: Region; at: DispatcherWhereabouts; identity: string },
): CloudRunV2Service {
  const { dispatcher } = queue;
  return cloudRunService(scope, `${queue.name}-dispatcher`, {
    name: partName(queue.name, 'dispatcher'),
    region,
    identity,
    // Pub/Sub's pushes count as internal.
    ingress: 'internal',
    protocol: 'http1',
    main: {
      name: 'dispatcher',
      image: dispatcher.image ?? infra.image,
      args: ['dispatcher'],
      env: variables(dispatcherEnvironment(infra, queue, at)),
      cpu: dispatcher.cpu,
      memory: dispatcher.memory,
      probe: 'http',
    },
    beside: collectorContainers(infra, region.name),
    billing: dispatcher.billing,
    requestsPerInstance: PUSHES_AT_ONCE,
    minInstances: dispatcher.minInstances,
    maxInstances: 1,
    labels: { queue: queue.name },
  });
}
