import { DataGoogleProject } from '@cdktf/provider-google/lib/data-google-project/index.js';
import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { stackName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';
import { auditLogs } from '../resources/audit-logs.ts';
import { type Identities, identities, mayMintTokens, mayReadSecrets } from '../resources/identities.ts';
import { observability } from '../resources/observability.ts';
import { bucketAccess, queueBucket } from '../resources/queue-bucket.ts';
import { redriveJob } from '../resources/redrive-job.ts';
import { resourceStore } from '../resources/resource-store.ts';
import { type ObjectRoles, objectRoles } from '../resources/roles.ts';
import { tick } from '../resources/tick.ts';
import { topicAccess, type Topics, topics } from '../resources/topics.ts';
import type { ResourcesWhereabouts } from '../services/environment.ts';
import { foundation } from './foundation.ts';

/** What the regions need of a queue. */
export interface GlobalQueue {
  readonly queue: Queue;
  readonly bucket: string;
  readonly topics: Topics;
  readonly identities: Identities;
  readonly resources?: ResourcesWhereabouts;
}

/** Everything that a queue has once: bucket, topics, tick, identities and what they may do, dashboards, alerts, objectives. */
export class GlobalStack extends TerraformStack {
  readonly queues: readonly GlobalQueue[];
  /** Who Pub/Sub is in this project. */
  readonly pubsubAgent: string;

  constructor(scope: Construct, infra: Infra) {
    super(scope, stackName(infra, 'global'));
    foundation(this, infra, 'global');
    const { number } = new DataGoogleProject(this, 'project', { projectId: infra.project });
    this.pubsubAgent = `serviceAccount:service-${number}@gcp-sa-pubsub.iam.gserviceaccount.com`;
    const roles = objectRoles(this, infra);
    this.queues = infra.queues.map((queue) => this.#provision(infra, queue, roles));
    auditLogs(
      this,
      infra,
      this.queues.map(({ identities }) => identities),
    );
  }

  #provision(infra: Infra, queue: Queue, roles: ObjectRoles): GlobalQueue {
    const { pubsubAgent } = this;
    const ids = identities(this, infra, queue);
    mayMintTokens(this, infra, queue, ids.push, pubsubAgent);
    mayReadSecrets(this, queue, ids);
    const bucket = queueBucket(this, infra, queue);
    bucketAccess(this, { queue, bucket, ids, roles });
    const made = topics(this, queue);
    topicAccess(this, { queue, made, ids, pubsubAgent });
    tick(this, infra, queue, made.hints);
    redriveJob(this, { infra, queue, bucket: bucket.name, topic: made.hints.name, identity: ids.redrive });
    observability(this, infra, queue);
    const resources = resourceStore(this, { infra, queue, ids, roles });
    return { queue, bucket: bucket.name, topics: made, identities: ids, ...(resources && { resources }) };
  }
}
