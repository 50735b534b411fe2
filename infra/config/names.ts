import type { Infra, Queue } from './schema.ts';

/** Parts of a queue that have an identity of their own, with the ends of their names. */
export const PARTS = {
  receiver: 'rcv',
  ingress: 'ing',
  dispatcher: 'dsp',
  reconciler: 'rec',
  redrive: 'rdv',
  api: 'api',
  /** Who Pub/Sub is when it pushes. */
  push: 'psh',
} as const;

export type Part = keyof typeof PARTS;

/** Name of a Cloud Run service or job, and of its identity: at most 30 characters, which is the rule for service accounts. */
export function partName(queue: string, part: Part): string {
  return `${queue}-${PARTS[part]}`;
}

/** The longest name of a queue: that of a service account has 30 characters, of which `-rcv` takes 4. */
export const MOST_QUEUE_NAME = 30 - '-rcv'.length;

export function bucketName(project: string, queue: Queue): string {
  return queue.bucket.name ?? `${project}-${queue.name}-queue`;
}

export function resourcesBucketName(project: string, queue: Queue): string {
  return queue.resources?.bucket.name ?? `${project}-${queue.name}-resources`;
}

export function topicName(queue: string, kind: 'hints' | 'failures' | 'undeliverable' | 'events'): string {
  return `${queue}-${kind}`;
}

export function stackName(infra: Pick<Infra, 'name'>, place: string): string {
  return `${infra.name}-${place}`;
}

/** Longest name of a bucket without dots. */
export const MOST_BUCKET_NAME = 63;
