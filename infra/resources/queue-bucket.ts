import { StorageBucket } from '@cdktf/provider-google/lib/storage-bucket/index.js';
import { StorageBucketIamMember } from '@cdktf/provider-google/lib/storage-bucket-iam-member/index.js';
import type { Construct } from 'constructs';
import { bucketName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';
import { type Identities, memberOf } from './identities.ts';
import type { ObjectRole, ObjectRoles } from './roles.ts';

/** The bucket that is the queue. */
export function queueBucket(scope: Construct, infra: Infra, queue: Queue): StorageBucket {
  return new StorageBucket(scope, `${queue.name}-bucket`, {
    name: bucketName(infra.project, queue),
    location: queue.bucket.location,
    storageClass: 'STANDARD',
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    // Entries come and go by the million: keeping what was deleted would cost more than the queue.
    softDeletePolicy: { retentionDurationSeconds: 0 },
    versioning: { enabled: false },
    lifecycleRule: [
      { action: { type: 'Delete' }, condition: { age: queue.bucket.auditDays, matchesPrefix: ['audit/'] } },
    ],
    forceDestroy: !infra.deletionProtection,
    labels: { queue: queue.name },
    lifecycle: { preventDestroy: infra.deletionProtection },
  });
}

/** One binding: who may do what, below which prefixes. No prefixes = the whole bucket, which listing needs. */
interface Grant {
  readonly who: string;
  readonly members: readonly string[];
  readonly role: ObjectRole;
  readonly prefixes?: readonly string[];
}

const LIVE = ['queued/', 'in-progress/', 'dead-letter/'];

/** Who touches what in the bucket: what each service's code does, and nothing more. */
function grantsOf(queue: Queue, ids: Identities): Grant[] {
  const enqueues = (who: string, email: string): Grant[] => [
    // Without the right to list, Cloud Storage answers 403 for what is not there, and not 404.
    { who, members: [memberOf(email)], role: 'read' },
    { who, members: [memberOf(email)], role: 'add', prefixes: ['queued/'] },
  ];
  return [
    ...enqueues('receiver', ids.receiver),
    ...(ids.ingress === undefined ? [] : enqueues('ingress', ids.ingress)),
    { who: 'dispatcher', members: [memberOf(ids.dispatcher)], role: 'read' },
    { who: 'dispatcher', members: [memberOf(ids.dispatcher)], role: 'write', prefixes: [...LIVE, 'dispatchers/'] },
    { who: 'redrive', members: [memberOf(ids.redrive)], role: 'read' },
    { who: 'redrive', members: [memberOf(ids.redrive)], role: 'add', prefixes: ['queued/', 'dead-letter/', 'audit/'] },
    { who: 'viewer', members: queue.viewers, role: 'inspect' },
    { who: 'viewer', members: queue.viewers, role: 'read' },
    { who: 'operator', members: queue.operators, role: 'inspect' },
    { who: 'operator', members: queue.operators, role: 'read' },
    { who: 'operator', members: queue.operators, role: 'write', prefixes: [...LIVE, 'control/'] },
    // What came of an act is added to its record; a record is never removed.
    { who: 'operator', members: queue.operators, role: 'add', prefixes: ['audit/'] },
  ];
}

export function bucketAccess(
  scope: Construct,
  { queue, bucket, ids, roles }: { queue: Queue; bucket: StorageBucket; ids: Identities; roles: ObjectRoles },
): void {
  for (const { who, members, role, prefixes } of grantsOf(queue, ids)) {
    members.forEach((member, index) => {
      const several = members.length > 1 ? `-${index}` : '';
      const place = prefixes?.length === 1 ? `-${prefixes[0]?.replace('/', '')}` : '';
      new StorageBucketIamMember(scope, `${queue.name}-bucket-${who}-${role}${place}${several}`, {
        bucket: bucket.name,
        role: roles[role],
        member,
        ...(prefixes && { condition: conditionOf(bucket, prefixes) }),
      });
    });
  }
}

function conditionOf(bucket: StorageBucket, prefixes: readonly string[]) {
  const tests = prefixes.map(
    (prefix) => `resource.name.startsWith("projects/_/buckets/${bucket.name}/objects/${prefix}")`,
  );
  return { title: `below ${prefixes.join(', ')}`, expression: tests.join(' || ') };
}
