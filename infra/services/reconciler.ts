import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Construct } from 'constructs';
import { partName } from '../config/names.ts';
import type { Queue, Region } from '../config/schema.ts';
import { cloudRunService, variables } from './cloud-run.ts';
import type { Environment } from './environment.ts';

/** The user's own: any image that speaks the protocol over plaintext HTTP/2 on its port. */
export function reconcilerService(
  scope: Construct,
  { queue, region, identity, env }: { queue: Queue; region: Region; identity: string; env: Environment },
): CloudRunV2Service {
  const { reconciler } = queue;
  return cloudRunService(scope, `${queue.name}-reconciler`, {
    name: partName(queue.name, 'reconciler'),
    region,
    identity,
    ingress: 'internal',
    protocol: 'h2c',
    main: { ...reconciler, name: 'reconciler', env: variables({ ...env, ...reconciler.env }, reconciler.secrets) },
    beside: reconciler.sidecars.map(({ name, image, args, env, secrets, cpu, memory }) => ({
      name,
      image,
      args,
      env: variables(env, secrets),
      resources: { limits: { cpu: String(cpu), memory } },
    })),
    billing: reconciler.billing,
    requestsPerInstance: reconciler.requestsPerInstance,
    minInstances: reconciler.minInstances,
    maxInstances: reconciler.maxInstances,
    labels: { queue: queue.name },
  });
}
