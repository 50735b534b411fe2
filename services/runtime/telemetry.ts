import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import { ENV } from '../../catalogue/environment.ts';
import { type MeteredService, metricsOf } from '../telemetry/scope.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { noTracing } from '../telemetry/tracing.ts';
import type { Environment } from './config.ts';
import type { Traces } from './traces.ts';

export interface TelemetryOptions {
  readonly service: MeteredService;
  readonly queue: string;
  readonly region?: string;
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: Random;
}

/** Monitoring backends refuse points of one series that come faster. */
const LEAST_BETWEEN_PUSHES_MS = 10_000;
const PUSH_EVERY_MS = 60_000;

/** Nothing is asked for: nothing is loaded, and nothing done. */
const OFF: Telemetry = { tracing: noTracing, [Symbol.asyncDispose]: async () => {} };

/**
 * Telemetry as OpenTelemetry's own variables ask for it: pushed by OTLP where there is an endpoint, served as a page where the exporter
 * of metrics is `prometheus`. Without any of them, OpenTelemetry is not even loaded.
 */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { service, queue, region, env, clock, random } = options;
  const wanted = wantedExporters(env);
  if (!wanted.push && !wanted.page && !wanted.traces) return OFF;
  const name = env[ENV.cloudRun] ?? service;
  const revision = env[ENV.revision] ?? 'none';

  const { describeProcess } = await import('./resource.ts');
  const resource = describeProcess({
    'service.name': name,
    'service.version': revision,
    // Two instances that write one series would overwrite each other's points.
    'service.instance.id': random.id(),
    ...(region === undefined ? {} : { 'cloud.region': region }),
  });

  const metrics =
    wanted.push || wanted.page
      ? (await import('./metrics.ts')).openMetrics({
          metrics: metricsOf(service),
          common: (await import('./metric-cells.ts')).commonLabels({ service: name, revision, queue, shard: '0' }),
          resource,
          clock,
          pushEveryMs: wanted.push ? pushEveryMs(env) : undefined,
          prometheus: wanted.page,
        })
      : undefined;
  let traces: Traces | undefined;
  if (wanted.traces) {
    const { openTraces, otlpProcessor } = await import('./traces.ts');
    traces = openTraces(resource, otlpProcessor());
  }

  let pushedMs = Number.NEGATIVE_INFINITY;
  const all = [metrics, traces].filter((each) => each !== undefined);
  return {
    instruments: metrics?.instruments,
    page: metrics?.page,
    tracing: traces?.tracing ?? noTracing,
    flush: async () => {
      if (clock.monotonic() - pushedMs < LEAST_BETWEEN_PUSHES_MS) return;
      pushedMs = clock.monotonic();
      await Promise.allSettled(all.map((each) => each.push()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(all.map((each) => each.close()));
    },
  };
}

function wantedExporters(env: Environment) {
  const named = (list: string | undefined) => (list ?? '').split(',').map((each) => each.trim());
  const metrics = named(env[ENV.metricsExporter] ?? 'otlp');
  const traces = named(env[ENV.tracesExporter] ?? 'otlp');
  const to = (signal: string) => Boolean(env[ENV.otlpEndpoint] ?? env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`]);
  const disabled = env['OTEL_SDK_DISABLED'] === 'true';
  return {
    push: !disabled && metrics.includes('otlp') && to('METRICS'),
    page: !disabled && metrics.includes('prometheus'),
    traces: !disabled && traces.includes('otlp') && to('TRACES'),
  };
}

function pushEveryMs(env: Environment): number {
  const asked = Number(env[ENV.metricInterval]);
  return asked > 0 ? asked : PUSH_EVERY_MS;
}
