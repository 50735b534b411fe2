import { z } from 'zod';
import { flag, image, members, serviceAccountEmail, text, wholeNumber } from './fields.ts';

const INGRESS = ['internal', 'internal-and-load-balancing', 'all'] as const;
const BILLING = ['request', 'instance'] as const;
const PROBES = ['grpc', 'http', 'tcp', 'none'] as const;

/** Processors of a container: Cloud Run serves more than one request at a time from 1 on. */
const cpu = z
  .number('must be 1, 2, 4, 6 or 8')
  .refine((value) => [1, 2, 4, 6, 8].includes(value), 'must be 1, 2, 4, 6 or 8');
const memory = z
  .string('must be an amount of memory')
  .regex(/^\d{1,5}(Mi|Gi)$/, 'must be an amount of memory such as 512Mi or 2Gi');

const resources = (standard: { cpu: number; memory: string }) => ({
  cpu: cpu.default(standard.cpu),
  memory: memory.default(standard.memory),
});

/** `request`: CPU only while a request is open. `instance`: always, and idle instances cost. */
const billing = z.enum(BILLING, 'must be request or instance').default('request');
/** Who can reach the service at all, before IAM asks who it is. */
const ingress = z.enum(INGRESS, `must be ${INGRESS.join(', ')}`).default('internal');

const minInstances = wholeNumber(0, 1000).default(0);
const maxInstances = (standard: number) => wholeNumber(1, 1000).default(standard);

/** Environment of a container of the user's. Names that the platform or the infra sets are not to be taken. */
const environment = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must have names of [A-Za-z0-9_]')
      .refine((name) => !/^(PORT|K_\w+|CLOUD_RUN_\w+)$/.test(name), 'must not have names that Cloud Run sets'),
    z.string('must be a string'),
    'must be a map of variables',
  )
  .default({});

/** Variables whose values are secrets of Secret Manager: the service's identity may read these, and no others. */
const secrets = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must have names of [A-Za-z0-9_]'),
    z.strictObject({
      /** Name of the secret in this project. */
      secret: z
        .string('must be the name of a secret')
        .regex(/^[\w-]{1,255}$/, 'must be the name of a secret in this project'),
      version: z
        .string('must be latest or a number')
        .regex(/^(latest|\d+)$/, 'must be latest or a number')
        .default('latest'),
    }),
    'must be a map of secrets',
  )
  .default({});

export const receiverSettings = z
  .strictObject({
    image: image.optional(),
    ...resources({ cpu: 1, memory: '512Mi' }),
    billing,
    ingress,
    /** Calls that one instance serves at once. */
    requestsPerInstance: wholeNumber(1, 1000).default(80),
    minInstances,
    maxInstances: maxInstances(10),
    /** Who may enqueue: IAM members that get `run.invoker` on the receivers. */
    callers: members,
    /** Audiences besides the service's own URL that ID tokens may name: for one address in front of all regions. */
    audiences: z.array(z.url('must be a URL'), 'must be a list of URLs').default([]),
  })
  .prefault({});

export const dispatcherSettings = z
  .strictObject({
    image: image.optional(),
    ...resources({ cpu: 1, memory: '512Mi' }),
    billing,
    minInstances: wholeNumber(0, 1).default(0),
    /** What running keys get when another instance takes over. */
    handoverSeconds: wholeNumber(0, 3600).default(30),
  })
  .prefault({});

/** A container beside the reconciler, such as a proxy. It listens on no port that Cloud Run knows of. */
const sidecar = z.strictObject({
  name: z.string('must be a name').regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be a name of [a-z0-9-]'),
  image,
  args: z.array(z.string(), 'must be a list of arguments').default([]),
  env: environment,
  secrets,
  ...resources({ cpu: 1, memory: '512Mi' }),
});

export const reconcilerSettings = z.strictObject({
  /** Anything that speaks the workqueue protocol, in Go or with our SDK. */
  image,
  args: z.array(z.string(), 'must be a list of arguments').default([]),
  env: environment,
  secrets,
  ...resources({ cpu: 1, memory: '512Mi' }),
  billing,
  port: wholeNumber(1, 65_535).default(8080),
  /** How the platform finds out that it has started: our SDK answers gRPC health checks, others may not. */
  probe: z.enum(PROBES, `must be ${PROBES.join(', ')}`).default('tcp'),
  /** `Process` calls that one instance takes at once. */
  requestsPerInstance: wholeNumber(1, 1000).default(20),
  minInstances,
  maxInstances: maxInstances(10),
  /** An identity of its own, made elsewhere; absent = one is made. */
  serviceAccount: serviceAccountEmail.optional(),
  sidecars: z.array(sidecar, 'must be a list of containers').default([]),
});

export const ingressService = {
  image: image.optional(),
  ...resources({ cpu: 1, memory: '512Mi' }),
  billing,
  ingress,
  requestsPerInstance: wholeNumber(1, 1000).default(80),
  minInstances,
  maxInstances: maxInstances(10),
  /** Who may send events over HTTP, besides the subscriptions. */
  callers: members,
};

/** The HTTP API of resources. Its kinds are code of yours: the image is bundled with them (`npm run image -- --kinds FILE`). */
export const apiSettings = z.strictObject({
  ...ingressService,
  args: z.array(z.string(), 'must be a list of arguments').default(['api']),
  env: environment,
  secrets,
  /** The module with the kinds: `LEVELSET_KINDS`. */
  kinds: text.default('kinds.mjs'),
});

export const redriveSettings = z
  .strictObject({
    image: image.optional(),
    /** Dead letters a second: slowly, because what killed them may still be there. */
    perSecond: wholeNumber(1, 1000).default(5),
    timeoutSeconds: wholeNumber(60, 86_400).default(3600),
  })
  .prefault({});

export const telemetrySettings = z
  .strictObject({
    /** Runs beside each service of ours, takes OTLP on localhost and writes to Cloud Monitoring and Cloud Trace. */
    collector: image.default(
      'us-docker.pkg.dev/cloud-ops-agents-artifacts/google-cloud-opentelemetry-collector/otelcol-google:0.144.0',
    ),
    enabled: flag.default(true),
    /** Where `docs/operating.md` can be read by who is paged. */
    runbook: z.url('must be a URL').default('https://example.com/levelset/docs/operating.md'),
  })
  .prefault({});

export const description = text.max(200, 'must have at most 200 characters').optional();
