/**
 * The environment variables of all services, in one list: config schemas read them by these names, the infra sets them, the
 * README documents them.
 */
export const ENV = {
  queue: 'LEVELSET_QUEUE',
  bucket: 'LEVELSET_BUCKET',
  project: 'LEVELSET_PROJECT',
  topic: 'LEVELSET_TOPIC',
  failureTopic: 'LEVELSET_FAILURE_TOPIC',
  region: 'LEVELSET_REGION',
  regions: 'LEVELSET_REGIONS',
  port: 'PORT',
  /** Address to bind to; all interfaces on Cloud Run, 127.0.0.1 elsewhere. */
  host: 'LEVELSET_HOST',
  /** Set by Cloud Run: the name of the service. */
  cloudRun: 'K_SERVICE',
  doorPort: 'LEVELSET_DOOR_PORT',
  log: 'LEVELSET_LOG',
  storageEndpoint: 'LEVELSET_STORAGE_ENDPOINT',
  concurrency: 'LEVELSET_CONCURRENCY',
  maxAttempts: 'LEVELSET_MAX_ATTEMPTS',
  backoffSeconds: 'LEVELSET_BACKOFF_SECONDS',
  backoffMaxSeconds: 'LEVELSET_BACKOFF_MAX_SECONDS',
  reconciler: 'LEVELSET_RECONCILER',
  receiver: 'LEVELSET_RECEIVER',
  deadlineSeconds: 'LEVELSET_DEADLINE_SECONDS',
  lockSeconds: 'LEVELSET_LOCK_SECONDS',
  watchSeconds: 'LEVELSET_WATCH_SECONDS',
  handoverSeconds: 'LEVELSET_HANDOVER_SECONDS',
  graceSeconds: 'LEVELSET_GRACE_SECONDS',
  billing: 'LEVELSET_BILLING',
  resourcesBucket: 'LEVELSET_RESOURCES_BUCKET',
  eventsTopic: 'LEVELSET_EVENTS_TOPIC',
  kinds: 'LEVELSET_KINDS',
} as const;

/** Environment of the emulators; it is theirs alone and of no use on Google Cloud. */
export const EMULATOR_ENV = {
  storagePort: 'LEVELSET_STORAGE_PORT',
  storageState: 'LEVELSET_STATE',
  storageLatencyMs: 'LEVELSET_STORAGE_LATENCY_MS',
  storageRateLimit: 'LEVELSET_STORAGE_RATE_LIMIT',
  pubsubPort: 'LEVELSET_PUBSUB_PORT',
} as const;
