import { CloudRunV2Job } from '@cdktf/provider-google/lib/cloud-run-v2-job/index.js';
import { CloudRunV2JobIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-job-iam-member/index.js';
import type { Construct } from 'constructs';
import { partName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';
import { variables } from '../services/cloud-run.ts';
import { redriveEnvironment } from '../services/environment.ts';

export interface RedriveOrder {
  readonly infra: Infra;
  readonly queue: Queue;
  readonly bucket: string;
  readonly topic: string;
  readonly identity: string;
}

/** Queues all dead letters again, slowly, in the cloud: what a laptop begins, a closed lid ends. Operators run it. */
export function redriveJob(scope: Construct, { infra, queue, bucket, topic, identity }: RedriveOrder): void {
  const [region] = infra.regions;
  const { redrive } = queue;
  const job = new CloudRunV2Job(scope, `${queue.name}-redrive`, {
    name: partName(queue.name, 'redrive'),
    location: region!.name,
    deletionProtection: false,
    labels: { queue: queue.name },
    template: {
      taskCount: 1,
      template: {
        serviceAccount: identity,
        timeout: `${redrive.timeoutSeconds}s`,
        // It can be run again: what was redriven is marked.
        maxRetries: 0,
        vpcAccess: {
          egress: 'ALL_TRAFFIC',
          networkInterfaces: [{ network: region!.network, subnetwork: region!.subnet }],
        },
        containers: [
          {
            name: 'redrive',
            image: redrive.image ?? infra.image,
            args: redriveArguments(redrive.perSecond),
            env: variables(redriveEnvironment(infra, queue, { bucket, topic })),
            resources: { limits: { cpu: '1', memory: '512Mi' } },
          },
        ],
      },
    },
  });
  queue.operators.forEach((member, index) => {
    new CloudRunV2JobIamMember(scope, `${queue.name}-redrive-operator-${index}`, {
      name: job.name,
      location: job.location,
      role: 'roles/run.invoker',
      member,
    });
  });
}

/** `levelset dead redrive`, from the image of the services. */
function redriveArguments(perSecond: number): string[] {
  return ['redrive', '--all', '--rate', String(perSecond), '--reason', 'redrive job', '--yes'];
}
