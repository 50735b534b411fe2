/**
 * Every metric of the services, in one list: services write them, dashboards, alerts, SLOs and docs are made of them.
 *
 * Names are those of the workqueue protocol's services where these have the metric, so that their dashboards work.
 *
 * - **Gauges describe the bucket, not the process.** Every instance and every region reports the same fact: aggregate them with `max`,
 *   never with `sum`.
 * - Counters and histograms describe what a process did: aggregate them with `sum`.
 * - A key is never a label. All values of a label are known here, so that zeros can be written when a process starts.
 */
export interface Metric {
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'histogram';
  /** In the notation of UCUM, as OpenTelemetry has it: `s`, `{key}`, `1`. */
  readonly unit: string;
  /** Labels of this metric besides {@link COMMON_LABELS}, each with all of its values. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Upper bounds of a histogram, in its unit. */
  readonly bounds?: readonly number[];
  readonly description: string;
}

/** On every metric. Where a process runs comes from the resource (`cloud.region`), not from a label. */
export const COMMON_LABELS = {
  service: 'service_name',
  revision: 'revision_name',
  queue: 'queue_name',
  /** For queues made of several buckets; `0` until there are such. */
  shard: 'shard',
} as const;

/** Priorities in classes, since a priority itself has too many values for a label. */
export const PRIORITY_CLASSES = ['0', '1-99', '100+'] as const;

/** How an attempt ended. `unreachable` = the reconciler was never reached, and nothing was spent: an infrastructure failure. */
const OUTCOMES = [
  'done',
  'requeue',
  'floor',
  'enqueue',
  'failed',
  'rejected',
  'interrupted',
  'unreachable',
  'lost',
] as const;

/** From a tenth of a second to an hour: how long things wait and run. */
const LATENCIES = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const ATTEMPTS = [1, 2, 3, 5, 10, 20, 50, 100];

function gauge(name: string, unit: string, description: string, labels: Metric['labels'] = {}): Metric {
  return { name, kind: 'gauge', unit, labels, description };
}

function counter(name: string, unit: string, description: string, labels: Metric['labels'] = {}): Metric {
  return { name, kind: 'counter', unit, labels, description };
}

function histogram(
  name: string,
  unit: string,
  description: string,
  bounds: readonly number[] = LATENCIES,
  labels: Metric['labels'] = {},
): Metric {
  return { name, kind: 'histogram', unit, labels, bounds, description };
}

export const METRICS = {
  inProgressKeys: gauge('workqueue_in_progress_keys', '{key}', 'keys under a lease'),
  queuedKeys: gauge(
    'workqueue_queued_keys',
    '{key}',
    'keys that could start now; the twin of a running key is not one',
  ),
  notBeforeKeys: gauge('workqueue_notbefore_keys', '{key}', 'queued keys whose time has not come'),
  deadLetteredKeys: gauge('workqueue_dead_lettered_keys', '{key}', 'dead letters that were not redriven'),
  maxAttempts: gauge(
    'workqueue_max_attempts',
    '{attempt}',
    'the most attempts that any queued or running key has spent',
  ),
  oldestEligibleAgeSeconds: gauge(
    'workqueue_oldest_eligible_age_seconds',
    's',
    'how long the key that waits longest could have been running; 0 when none waits',
    { priority_class: PRIORITY_CLASSES },
  ),
  oldestDeadLetterAgeSeconds: gauge(
    'workqueue_oldest_dead_letter_age_seconds',
    's',
    'age of the oldest dead letter; 0 = none',
  ),
  longestRunningSeconds: gauge(
    'workqueue_longest_running_seconds',
    's',
    'how long the run that began first has been running',
  ),
  concurrencyLimit: gauge('workqueue_concurrency_limit', '{key}', 'the limit of running keys over all regions'),
  paused: gauge('workqueue_paused', '1', '1 while the queue is paused'),
  lastPassTimestampSeconds: gauge('workqueue_last_pass_timestamp_seconds', 's', 'unix time of the last complete sweep'),

  addedKeys: counter('workqueue_added_keys_total', '{key}', 'enqueues that made a new entry'),
  dedupedKeys: counter('workqueue_deduped_keys_total', '{key}', 'enqueues that met an entry of their key'),
  enqueueCalls: counter(
    'workqueue_enqueue_calls_total',
    '{call}',
    'enqueue calls by how they were answered; slow = answered OK after more than a second, refused = bad input of the caller',
    { result: ['ok', 'slow', 'error', 'refused'] },
  ),
  ingressEvents: counter(
    'workqueue_ingress_events_total',
    '{event}',
    'events at the event ingress by what became of them',
    {
      result: ['queued', 'ignored', 'invalid', 'unavailable'],
    },
  ),
  expiredLeases: counter(
    'workqueue_expired_leases_total',
    '{lease}',
    'leases of lost dispatchers that were given back',
  ),
  dispatchTriggers: counter(
    'workqueue_dispatch_triggers_total',
    '{trigger}',
    'pushes to the dispatcher by what became of them',
    {
      result: ['dispatched', 'held', 'ignored', 'error'],
    },
  ),
  passes: counter('workqueue_passes_total', '{sweep}', 'sweeps over the bucket', { result: ['ok', 'error'] }),
  settled: counter('workqueue_settled_total', '{attempt}', 'attempts by how they ended', { outcome: OUTCOMES }),
  claims: counter('workqueue_claims_total', '{lease}', 'leases that were asked for', { result: ['won', 'lost'] }),
  started: counter(
    'workqueue_started_total',
    '{attempt}',
    'runs that began, by whether within 60 s of being eligible',
    {
      within_target: ['true', 'false'],
    },
  ),
  storeRequests: counter('workqueue_store_requests_total', '{request}', 'requests to the bucket', {
    op: ['get', 'list', 'create', 'copy', 'patch', 'delete'],
    result: ['ok', 'lost', 'throttled', 'error'],
  }),
  listedKeys: counter('workqueue_listed_keys_total', '{key}', 'entries that sweeps have read'),
  deadLetters: counter('workqueue_dead_letters_total', '{key}', 'keys that became dead letters', {
    cause: ['exhausted', 'rejected'],
  }),
  redriven: counter(
    'workqueue_redriven_total',
    '{key}',
    'dead letters that were queued again, counted when the first run after that begins',
  ),
  operatorActions: counter(
    'workqueue_operator_actions_total',
    '{action}',
    'what operators did, as the audit in the bucket has it; told by the first region',
    { verb: ['add', 'dead redrive', 'dead drop', 'release', 'pause', 'resume', 'drop', 'drain'] },
  ),

  processLatency: histogram('workqueue_process_latency_seconds', 's', 'how long Process calls take'),
  handlerLatency: histogram(
    'workqueue_handler_latency_seconds',
    's',
    'how long handlers take, as their own process sees it; its counts are runs by their answers',
    LATENCIES,
    { outcome: ['done', 'requeue', 'enqueue', 'failed', 'rejected', 'interrupted'] },
  ),
  waitLatency: histogram(
    'workqueue_wait_latency_from_scheduled_seconds',
    's',
    'from being eligible to the start of the run',
  ),
  timeToCompletion: histogram(
    'workqueue_time_to_completion_seconds',
    's',
    'from the enqueue that opened the story of a key to its end',
    [...LATENCIES, 21_600, 86_400],
    { status: ['done', 'dead'] },
  ),
  attemptsAtCompletion: histogram(
    'workqueue_attempts_at_completion',
    '{attempt}',
    'attempts that a key took',
    ATTEMPTS,
  ),
  leaseAge: histogram('workqueue_lease_age_seconds', 's', 'age of leases when they are settled or lost'),
  enumerateLatency: histogram('workqueue_enumerate_latency_seconds', 's', 'one page of a listing'),
  passDuration: histogram('workqueue_pass_duration_seconds', 's', 'one sweep over the whole queue'),
  eventLoopLag: histogram(
    'workqueue_event_loop_lag_seconds',
    's',
    'how late timers of the process fire: a blocked dispatcher loses its lock',
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  ),
} as const satisfies Readonly<Record<string, Metric>>;
