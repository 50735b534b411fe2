import { subscriptionFilter } from '../../queue/core/hint.ts';
import { formatSpan } from '../../queue/core/span.ts';
import type { BucketFacts, TopicFacts } from '../target.ts';
import { bad, fine, type Finding, skipped } from './finding.ts';

/** What settings of the bucket cost or break. Pure. */
export function judgeBucket(facts: BucketFacts): Finding[] {
  const { versioning, softDeleteSeconds = 0, retentionSeconds = 0, lifecycleRules = 0, missingPermissions } = facts;
  const findings: Finding[] = [];
  findings.push(
    versioning
      ? bad(
          'versioning',
          'the bucket keeps old versions: every lease and every settled key leaves one behind, for ever, and is billed',
          'gcloud storage buckets update gs://BUCKET --no-versioning',
        )
      : fine('versioning', 'off'),
  );
  findings.push(
    softDeleteSeconds > 0
      ? bad(
          'soft delete',
          `the bucket keeps what was deleted for ${formatSpan(softDeleteSeconds * 1000)}: each key's objects are billed for so long`,
          'gcloud storage buckets update gs://BUCKET --clear-soft-delete',
        )
      : fine('soft delete', 'off'),
  );
  findings.push(
    retentionSeconds > 0
      ? bad(
          'retention',
          'the bucket has a retention policy: nothing can be deleted, so no key ever starts or ends',
          'gcloud storage buckets update gs://BUCKET --clear-retention-period',
        )
      : fine('retention', 'none'),
  );
  if (lifecycleRules > 0) {
    findings.push(
      bad(
        'lifecycle',
        `the bucket has ${lifecycleRules} lifecycle rules: one that matches more than audit/ deletes keys`,
        'gcloud storage buckets describe gs://BUCKET --format="json(lifecycle_config)", and keep rules on audit/ only',
      ),
    );
  } else findings.push(fine('lifecycle', 'no rules'));
  if (missingPermissions === undefined) findings.push(skipped('permissions', 'an emulator asks for none'));
  else if (missingPermissions.length === 0) findings.push(fine('permissions', 'you may view and operate'));
  else {
    findings.push(
      bad(
        'permissions',
        `you lack ${missingPermissions.join(', ')}`,
        'to operate, roles/storage.objectUser on the bucket; to view, roles/storage.objectViewer',
      ),
    );
  }
  return findings;
}

/** Whether hints and ticks reach each region. Pure. */
export function judgeTopic(facts: TopicFacts, topic: string, regions: readonly string[]): Finding[] {
  if (!facts.exists) {
    return [
      bad(
        'topic',
        `the hint topic does not exist: topic=${topic}`,
        'deploy the infra, or correct LEVELSET_TOPIC; until then keys wait for nobody',
      ),
    ];
  }
  const findings: Finding[] = [fine('topic', `${topic} is there`)];
  for (const region of regions) {
    const filter = subscriptionFilter(region);
    const found = facts.subscriptions.find(
      (subscription) => subscription.filter === filter && subscription.endpoint !== '',
    );
    findings.push(
      found
        ? fine(`subscription ${region}`, `${found.name} pushes to ${found.endpoint}`)
        : bad(
            `subscription ${region}`,
            `no subscription of the topic pushes hints and ticks of ${region} to a dispatcher`,
            `deploy the infra; its filter has to be exactly: ${filter}`,
          ),
    );
  }
  return findings;
}
