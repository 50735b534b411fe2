import { z } from 'zod';
import { alertSettings, objectiveSettings } from './alerts.ts';
import { bucketLocation, flag, image, labels, members, regionName, text, wholeNumber } from './fields.ts';
import { ingressRules } from './ingress-rules.ts';
import {
  apiSettings,
  description,
  dispatcherSettings,
  ingressService,
  receiverSettings,
  reconcilerSettings,
  redriveSettings,
  telemetrySettings,
} from './service.ts';

const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** Where Terraform keeps what it knows. */
const state = z.discriminatedUnion(
  'kind',
  [
    /** A bucket that exists already, with versioning: state is not to be lost. */
    z.strictObject({
      kind: z.literal('gcs'),
      bucket: z
        .string('must be the name of a bucket')
        .regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
      prefix: text.default('levelset'),
    }),
    /** A folder on this machine: to try things out alone. */
    z.strictObject({ kind: z.literal('local'), folder: text }),
  ],
  'must be {kind: "gcs", bucket} or {kind: "local", folder}',
);

const region = z.strictObject({
  name: regionName,
  /** VPC network and subnet of that region, with Private Google Access: services reach each other through it. */
  network: text,
  subnet: text,
});

/** One event source of the ingress. */
const eventTopic = z.strictObject({
  /** `name` in this project, or `projects/P/topics/T`. It exists already. */
  topic: z
    .string('must be a topic')
    .regex(/^([A-Za-z][\w.~+%-]{2,254}|projects\/[^/]+\/topics\/[^/]+)$/, 'must be a topic'),
  /** Whose ingress takes its events; absent = the first region. */
  region: regionName.optional(),
  /** Pushes of one event before it goes to the queue's dead-letter topic. */
  deliveries: wholeNumber(5, 100).default(10),
});

const queue = z.strictObject({
  name: z.string('must be a name').regex(NAME, 'must be a name of [a-z0-9-] that begins with a letter'),
  /** For the head of the dashboard: what the queue is for, and whose it is. */
  description,
  owner: text.optional(),
  bucket: z
    .strictObject({
      /** Absent = `<project>-<queue>-queue`. */
      name: z
        .string('must be the name of a bucket')
        .regex(/^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
        .optional(),
      /** A region, a dual-region such as NAM4, or US, EU, ASIA. Nearest to the regions is fastest. */
      location: bucketLocation.default('US'),
      /** What operators did is kept for so long. */
      auditDays: wholeNumber(1, 3650).default(400),
    })
    .prefault({}),
  /** Runs at once, over all regions together. */
  concurrency: wholeNumber(1, 100_000).default(20),
  /** Attempts before a key becomes a dead letter; 0 = never. */
  maxAttempts: wholeNumber(0, 1_000_000).default(100),
  backoffSeconds: wholeNumber(1, 86_400).default(30),
  backoffMaxSeconds: wholeNumber(1, 86_400).default(600),
  /** The longest a run may take; below Cloud Run's hour. */
  deadlineSeconds: wholeNumber(1, 3540).default(3540),
  receiver: receiverSettings,
  dispatcher: dispatcherSettings,
  reconciler: reconcilerSettings,
  ingress: z
    .strictObject({
      ...ingressService,
      rules: ingressRules,
      topics: z.array(eventTopic, 'must be a list of topics').default([]),
    })
    .optional(),
  /** Documents that the reconciler keeps (`levelset/resources`), with their events and, where asked for, their HTTP API. */
  resources: z
    .strictObject({
      bucket: z
        .strictObject({
          /** Absent = `<project>-<queue>-resources`. */
          name: z
            .string('must be the name of a bucket')
            .regex(/^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
            .optional(),
          /** Absent = that of the queue. */
          location: bucketLocation.optional(),
        })
        .prefault({}),
      api: apiSettings.optional(),
    })
    .optional(),
  redrive: redriveSettings,
  /** Publishes each failure as a CloudEvent on a topic of its own. */
  failureEvents: flag.default(true),
  /** May look: list and read the bucket. */
  viewers: members,
  /** May act: `levelset` with all of its verbs. */
  operators: members,
  alerts: alertSettings,
  objectives: objectiveSettings,
});

const channels = z.array(
  z
    .string('must be a notification channel')
    .regex(
      /^projects\/[^/]+\/notificationChannels\/\d+$/,
      'must be a notification channel such as projects/my-project/notificationChannels/123',
    ),
  'must be a list of notification channels',
);

/** The whole config. `levelset.config.ts` is an example of it. */
export const infraSchema = z.strictObject({
  /** First part of the names of stacks and of what all queues share. */
  name: z
    .string('must be a name')
    .regex(NAME, 'must be a name of [a-z0-9-]')
    .max(20, 'must have at most 20 characters')
    .default('levelset'),
  project: z
    .string('must be the id of a project')
    .regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'must be the id of a project (6 to 30 of [a-z0-9-])'),
  state,
  /** The image of Levelset (`npm run image`), for all services that do not name their own. */
  image,
  /** In this order, which decides who gets the remainder of `concurrency`. */
  regions: z.array(region, 'must be a list of regions').min(1, 'must have a region'),
  /** Where Cloud Scheduler keeps the job that ticks; absent = the first region. */
  schedulerRegion: regionName.optional(),
  /** On everything that can carry labels: team and product, say. */
  labels,
  notificationChannels: z
    .strictObject({ page: channels.default([]), ticket: channels.default([]), info: channels.default([]) })
    .prefault({}),
  /**
   * Cloud Audit Logs of who writes to buckets, our services left out: the proof of what operators did. It replaces whatever the
   * project has set for the audit of Cloud Storage, and concerns all of its buckets.
   */
  auditLogs: flag.default(false),
  /** Buckets of queues cannot be destroyed, and must be empty to be. */
  deletionProtection: flag.default(true),
  telemetry: telemetrySettings,
  queues: z.array(queue, 'must be a list of queues').min(1, 'must have a queue'),
});

/** What a user writes: everything that has a default may be left out. */
export type InfraSettings = z.input<typeof infraSchema>;
/** What the stacks read. */
export type Infra = z.output<typeof infraSchema>;
export type Queue = Infra['queues'][number];
export type Region = Infra['regions'][number];
