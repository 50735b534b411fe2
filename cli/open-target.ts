import type { Journal } from '../catalogue/events.ts';
import { gcsStore } from '../queue/stores/gcs.ts';
import { openStorage } from '../queue/stores/gcs-client.ts';
import { systemRandom } from '../services/runtime/clock.ts';
import { LazyHints } from './lazy-hints.ts';
import type { BucketFacts, OpenTargetOptions, Target, TargetSettings } from './target.ts';

/** A request that takes longer than this is sent again, or told of as unknown. */
const REQUEST_MS = 20_000;

/** What an operator's account has to be allowed to do. Viewers need the first two. */
const PERMISSIONS = [
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.create',
  'storage.objects.update',
  'storage.objects.delete',
];

/** Opens a queue on Cloud Storage or an emulator, with the credentials that Google's client finds. Connects with the first request. */
export function openTarget(settings: TargetSettings, { clock, timeoutMs, complain }: OpenTargetOptions): Target {
  const { bucket, project, topic, storageEndpoint, pubsubHost } = settings;
  const storage = openStorage({
    ...(storageEndpoint !== undefined && { apiEndpoint: storageEndpoint }),
    ...(project !== undefined && { projectId: project }),
    connections: 64,
  });
  const random = systemRandom;
  const store = gcsStore({
    ...{ storage, bucket, clock, random },
    timeoutMs: Math.min(timeoutMs, REQUEST_MS),
    readBudgetMs: timeoutMs,
  });
  const about =
    project !== undefined && topic !== undefined
      ? { project, topic, ...(pubsubHost !== undefined && { emulatorHost: pubsubHost }) }
      : undefined;
  const hints =
    about &&
    new LazyHints(clock, async () => {
      const { pubsubHints } = await import('../services/hints/pubsub-hints.ts');
      return pubsubHints(about);
    });
  return {
    settings,
    context: { store, clock, random, journal: complaining(complain) },
    publish: hints && ((message) => hints.publish(message)),
    facts: {
      bucket: () => bucketFacts(storage, bucket, storageEndpoint !== undefined),
      async topic() {
        if (!about) throw new Error('no topic is configured');
        const { topicFacts } = await import('../services/hints/topic-facts.ts');
        return topicFacts(about);
      },
      async madeMs(name) {
        const [{ timeCreated }] = await storage.bucket(bucket).file(name).getMetadata();
        const ms = Date.parse(timeCreated ?? '');
        return Number.isNaN(ms) ? undefined : ms;
      },
    },
    async [Symbol.asyncDispose]() {
      await hints?.[Symbol.asyncDispose]();
    },
  };
}

async function bucketFacts(
  storage: ReturnType<typeof openStorage>,
  name: string,
  emulator: boolean,
): Promise<BucketFacts> {
  const bucket = storage.bucket(name);
  const [metadata] = await bucket.getMetadata();
  const retention = Number(metadata.softDeletePolicy?.retentionDurationSeconds ?? 0);
  const facts: BucketFacts = {
    versioning: metadata.versioning?.enabled ?? false,
    softDeleteSeconds: retention,
    retentionSeconds: Number(metadata.retentionPolicy?.retentionPeriod ?? 0),
    location: metadata.location,
    lifecycleRules: metadata.lifecycle?.rule?.length ?? 0,
  };
  // Nobody has to be allowed anything on an emulator.
  if (emulator) return facts;
  const [held] = (await bucket.iam.testPermissions(PERMISSIONS)) as [Record<string, boolean>, unknown];
  return { ...facts, missingPermissions: PERMISSIONS.filter((permission) => held[permission] !== true) };
}

/** Tells the operator what went wrong beside what was asked for, each kind once. */
function complaining(complain: (problem: string) => void): Journal {
  const told = new Set<string>();
  return {
    write(event, fields = {}) {
      if (event !== 'hint.failed' || told.has(event)) return;
      told.add(event);
      complain(`note: a hint was not published (a sweep finds the key within a minute): ${String(fields.error)}`);
    },
  };
}
