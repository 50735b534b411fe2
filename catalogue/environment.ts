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
  /** The rules of the event ingress, as JSON. */
  ingress: 'LEVELSET_INGRESS',
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
  /** Who acts, as the audit of the CLI names them. */
  operator: 'LEVELSET_OPERATOR',
  /** File with the queues that the CLI knows by name. */
  profiles: 'LEVELSET_PROFILES',
  resourcesBucket: 'LEVELSET_RESOURCES_BUCKET',
  eventsTopic: 'LEVELSET_EVENTS_TOPIC',
  kinds: 'LEVELSET_KINDS',
  /** Where telemetry is pushed to; OpenTelemetry's own name. Absent = nowhere. */
  otlpEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  /** `otlp`, `prometheus`, both, or `none`; OpenTelemetry's own name. Absent = `otlp` where there is an endpoint. */
  metricsExporter: 'OTEL_METRICS_EXPORTER',
  /** `otlp` or `none`; OpenTelemetry's own name. */
  tracesExporter: 'OTEL_TRACES_EXPORTER',
  /** Milliseconds between two pushes; OpenTelemetry's own name. */
  metricInterval: 'OTEL_METRIC_EXPORT_INTERVAL',
  /** Where a service whose own port speaks gRPC serves its metrics. */
  metricsPort: 'LEVELSET_METRICS_PORT',
  /** Set by Cloud Run. */
  revision: 'K_REVISION',
} as const;

/** Environment of the emulators; it is theirs alone and of no use on Google Cloud. */
export const EMULATOR_ENV = {
  storagePort: 'LEVELSET_STORAGE_PORT',
  storageState: 'LEVELSET_STATE',
  storageLatencyMs: 'LEVELSET_STORAGE_LATENCY_MS',
  storageRateLimit: 'LEVELSET_STORAGE_RATE_LIMIT',
  pubsubPort: 'LEVELSET_PUBSUB_PORT',
} as const;
