import type { CloudRunV2ServiceTemplateContainers } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import type { Infra } from '../config/schema.ts';

const HEALTH_PORT = 13133;

/**
 * The pipeline of the collector: OTLP from this instance only; metrics to Managed Service for Prometheus, traces to Cloud Trace.
 * It sends within a second, because with request billing there is no CPU once the request is answered.
 */
export function collectorConfig(region: string): string {
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: 'localhost:4318' } } } },
    processors: {
      batch: { timeout: '1s', send_batch_size: 200, send_batch_max_size: 200 },
      resourcedetection: { detectors: ['env', 'gcp'], timeout: '2s', override: false },
      resource: { attributes: [{ key: 'location', value: region, action: 'upsert' }] },
    },
    exporters: { googlemanagedprometheus: {}, googlecloud: {} },
    extensions: { health_check: { endpoint: `0.0.0.0:${HEALTH_PORT}` } },
    service: {
      extensions: ['health_check'],
      telemetry: { logs: { level: 'warn', encoding: 'json' } },
      pipelines: {
        metrics: {
          receivers: ['otlp'],
          processors: ['batch', 'resourcedetection', 'resource'],
          exporters: ['googlemanagedprometheus'],
        },
        traces: { receivers: ['otlp'], processors: ['batch', 'resourcedetection'], exporters: ['googlecloud'] },
      },
    },
  });
}

/** The sidecar, or none where telemetry is off. */
export function collectorContainers(infra: Infra, region: string): CloudRunV2ServiceTemplateContainers[] {
  if (!infra.telemetry.enabled) return [];
  return [
    {
      name: 'collector',
      image: infra.telemetry.collector,
      args: ['--config=env:COLLECTOR_CONFIG'],
      env: [{ name: 'COLLECTOR_CONFIG', value: collectorConfig(region) }],
      resources: { limits: { cpu: '1', memory: '256Mi' } },
      startupProbe: {
        httpGet: { path: '/', port: HEALTH_PORT },
        periodSeconds: 2,
        failureThreshold: 30,
        timeoutSeconds: 2,
      },
    },
  ];
}
