import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import { partName } from '../config/names.ts';
import type { Infra, Queue, Region } from '../config/schema.ts';
import { cloudRunService, variables } from './cloud-run.ts';
import { collectorContainers } from './collector.ts';
import { receiverEnvironment, type Whereabouts } from './environment.ts';

/** Takes enqueues over gRPC. */
export function receiverService(
  scope: Construct,
  {
    infra,
    queue,
    region,
    at,
    identity,
  }: { infra: Infra; queue: Queue; region: Region; at: Whereabouts; identity: string },
): CloudRunV2Service {
  const { receiver } = queue;
  return cloudRunService(scope, `${queue.name}-receiver`, {
    ...receiver,
    name: partName(queue.name, 'receiver'),
    region,
    identity,
    protocol: 'h2c',
    main: {
      name: 'receiver',
      image: receiver.image ?? infra.image,
      args: ['receiver'],
      env: variables(receiverEnvironment(infra, queue, at)),
      cpu: receiver.cpu,
      memory: receiver.memory,
      probe: 'grpc',
    },
    beside: collectorContainers(infra, region.name),
    labels: { queue: queue.name },
  });
}
