import { CloudSchedulerJob } from '@cdktf/provider-google/lib/cloud-scheduler-job/index.js';
import type { PubsubTopic } from '@cdktf/provider-google/lib/pubsub-topic/index.js';
import type { Construct } from 'constructs';
import { tickMessage } from '../../queue/core/hint.ts';
import type { Infra, Queue } from '../config/schema.ts';

/**
 * Publishes the tick each minute. It does not call the dispatchers itself: Cloud Scheduler never has two executions of a job
 * outstanding, so a tick that a dispatcher holds open would hold up the next.
 */
export function tick(scope: Construct, infra: Infra, queue: Queue, hints: PubsubTopic): CloudSchedulerJob {
  return new CloudSchedulerJob(scope, `${queue.name}-tick`, {
    name: `${queue.name}-tick`,
    description: `asks the dispatchers of ${queue.name} for a sweep`,
    region: infra.schedulerRegion ?? infra.regions[0]!.name,
    schedule: '* * * * *',
    timeZone: 'Etc/UTC',
    retryConfig: { retryCount: 1 },
    pubsubTarget: { topicName: hints.id, attributes: { ...tickMessage.attributes } },
  });
}
