import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import { partName } from '../config/names.ts';
import type { Infra, Queue, Region } from '../config/schema.ts';
import { cloudRunService, variables } from './cloud-run.ts';
import { collectorContainers } from './collector.ts';
import { apiEnvironment, type ResourcesWhereabouts } from './environment.ts';

export interface ApiOrder {
  readonly infra: Infra;
  readonly queue: Queue;
  readonly region: Region;
  readonly at: ResourcesWhereabouts & { readonly receiver: string };
  readonly identity: string;
}

/** The HTTP API of a queue's resources. */
export function apiService(scope: Construct, order: ApiOrder): CloudRunV2Service | undefined {
  const { infra, queue, region, at, identity } = order;
  const api = queue.resources?.api;
  if (!api) return undefined;
  return cloudRunService(scope, `${queue.name}-api`, {
    ...api,
    name: partName(queue.name, 'api'),
    region,
    identity,
    protocol: 'http1',
    main: {
      name: 'api',
      image: api.image ?? infra.image,
      args: api.args,
      env: variables({ ...apiEnvironment(infra, queue, at), ...api.env }, api.secrets),
      cpu: api.cpu,
      memory: api.memory,
      probe: 'http',
    },
    beside: collectorContainers(infra, region.name),
    labels: { queue: queue.name },
  });
}
