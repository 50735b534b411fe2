import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import { partName } from '../config/names.ts';
import type { Infra, Queue, Region } from '../config/schema.ts';
import { cloudRunService, variables } from './cloud-run.ts';
import { collectorContainers } from './collector.ts';
import { ingressEnvironment, type Whereabouts } from './environment.ts';

/** Takes events over HTTP/1: a service of its own, since a service of Cloud Run speaks one protocol. */
export function ingressService(
  scope: Construct,
  {
    infra,
    queue,
    region,
    at,
    identity,
  }: { infra: Infra; queue: Queue; region: Region; at: Whereabouts; identity: string },
): CloudRunV2Service | undefined {
  const { ingress } = queue;
  if (!ingress) return undefined;
  return cloudRunService(scope, `${queue.name}-ingress`, {
    ...ingress,
    name: partName(queue.name, 'ingress'),
    region,
    identity,
    protocol: 'http1',
    main: {
      name: 'ingress',
      image: ingress.image ?? infra.image,
      args: ['ingress'],
      env: variables(ingressEnvironment(infra, queue, at)),
      cpu: ingress.cpu,
      memory: ingress.memory,
      probe: 'http',
    },
    beside: collectorContainers(infra, region.name),
    labels: { queue: queue.name },
  });
}
