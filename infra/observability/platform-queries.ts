/** PromQL about what Google measures itself, for named services, subscriptions and buckets. */

/** Instances of Cloud Run services, by service and region. */
export function instances(services: readonly string[]): string {
  return `sum by (service_name, location) (${run('container_instance_count', services)})`;
}

/** 0 to 1: the share of its processors that a service uses in a region, p95 over its instances. */
export function cpuShare(services: readonly string[]): string {
  return p95(run('container_cpu_utilizations_bucket', services));
}

export function memoryShare(services: readonly string[]): string {
  return p95(run('container_memory_utilizations_bucket', services));
}

/** In ms. */
export function requestLatency(services: readonly string[]): string {
  return p95(run('request_latencies_bucket', services));
}

/** In ms, from the decision to start an instance until it takes requests. */
export function startupLatency(services: readonly string[]): string {
  return p95(run('container_startup_latencies_bucket', services));
}

export function requestsByClass(services: readonly string[]): string {
  return `sum by (service_name, response_code_class) (rate(${run('request_count', services)}[5m]))`;
}

/** Revisions that take requests: a step is a deploy. */
export function revisions(services: readonly string[]): string {
  return `sum by (service_name, revision_name) (rate(${run('request_count', services)}[5m]))`;
}

/** Seconds that the oldest message of a subscription waits. */
export function oldestUnacked(subscriptions: string): string {
  return `max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource="pubsub_subscription", subscription_id=~"${subscriptions}"})`;
}

export function pushesByAnswer(subscriptions: string): string {
  return `sum by (response_class) (rate(pubsub_googleapis_com:subscription_push_request_count{monitored_resource="pubsub_subscription", subscription_id=~"${subscriptions}"}[5m]))`;
}

/** What Cloud Storage counts, paid or not, by method, in an hour. */
export function bucketRequests(bucket: string): string {
  return `sum by (method) (increase(storage_googleapis_com:api_request_count{monitored_resource="gcs_bucket", bucket_name="${bucket}"}[1h]))`;
}

function run(metric: string, services: readonly string[]): string {
  const service = services.length === 1 ? `service_name="${services[0]}"` : `service_name=~"${services.join('|')}"`;
  return `run_googleapis_com:${metric}{monitored_resource="cloud_run_revision", ${service}}`;
}

function p95(buckets: string): string {
  return `histogram_quantile(0.95, sum by (le, service_name, location) (rate(${buckets}[5m])))`;
}
