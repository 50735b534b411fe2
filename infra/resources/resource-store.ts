import { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import { PubsubTopicIamMember } from '@cdktf/provider-google/lib/pubsub-topic-iam-member/index.js';
import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { Construct } from 'constructs';
import { resourcesBucketName, topicName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';
import type { ResourcesWhereabouts } from '../services/environment.ts';
import { type Identities, memberOf } from './identities.ts';
import type { ObjectRoles } from './roles.ts';

/** Where the documents of a queue's reconciler are kept and where their events go; only it and the API touch them. */
export function resourceStore(
  scope: Construct,
  { infra, queue, ids, roles }: { infra: Infra; queue: Queue; ids: Identities; roles: ObjectRoles },
): ResourcesWhereabouts | undefined {
  if (!queue.resources) return undefined;
  const { name } = queue;
  const bucket = new StorageBucket(scope, `${name}-resources`, {
    name: resourcesBucketName(infra.project, queue),
    location: queue.resources.bucket.location ?? queue.bucket.location,
    storageClass: 'STANDARD',
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    // What users wrote can be had back for a week.
    softDeletePolicy: { retentionDurationSeconds: 604_800 },
    forceDestroy: !infra.deletionProtection,
    labels: { queue: name },
    lifecycle: { preventDestroy: infra.deletionProtection },
  });
  const events = new PubsubTopic(scope, `${name}-events`, { name: topicName(name, 'events'), labels: { queue: name } });
  const users = { reconciler: ids.reconciler, ...(ids.api === undefined ? {} : { api: ids.api }) };
  for (const [who, email] of Object.entries(users)) {
    const member = memberOf(email);
    for (const role of ['read', 'write'] as const) {
      const id = `${name}-resources-${who}-${role}`;
      new StorageBucketIamMember(scope, id, { bucket: bucket.name, role: roles[role], member });
    }
    const publishes = { topic: events.name, role: 'roles/pubsub.publisher', member };
    new PubsubTopicIamMember(scope, `${name}-events-${who}`, publishes);
  }
  return { bucket: bucket.name, eventsTopic: events.name };
}
