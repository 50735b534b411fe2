import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type IMetricReader,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { METRICS, type Metric } from '../../catalogue/metrics.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Instruments, Labels } from '../telemetry/instruments.ts';
import { MetricCells } from './metric-cells.ts';

/** What a push may take. It is awaited before the last open request is answered. */
const PUSH_TIMEOUT_MS = 5_000;
const LAG_EVERY_MS = 1_000;

export interface MetricsOptions {
  readonly metrics: readonly Metric[];
  readonly common: Labels;
  readonly resource: Resource;
  readonly clock: Clock;
  /** Push by OTLP so often, in ms; absent = never. Where to is in the environment of the exporter. */
  readonly pushEveryMs?: number | undefined;
  /** Serve them in Prometheus' text format. */
  readonly prometheus: boolean;
}

export interface Metrics {
  readonly instruments: Instruments;
  readonly page?: PrometheusExporter['getMetricsRequestHandler'];
  push(): Promise<void>;
  close(): Promise<void>;
}

export function openMetrics(options: MetricsOptions): Metrics {
  const { metrics, common, resource, clock, pushEveryMs } = options;
  const prometheus = options.prometheus
    ? new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true, withoutTargetInfo: true })
    : undefined;
  const push =
    pushEveryMs === undefined
      ? undefined
      : new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ timeoutMillis: PUSH_TIMEOUT_MS }),
          exportIntervalMillis: Math.max(pushEveryMs, PUSH_TIMEOUT_MS),
          exportTimeoutMillis: PUSH_TIMEOUT_MS,
        });
  const readers = [prometheus, push].filter((reader) => reader !== undefined);
  const provider = new MeterProvider({ resource, readers: readers.map(forgetful) });
  const instruments = new MetricCells(provider.getMeter('levelset'), metrics, common, clock);
  const stopLag = measureLag(clock, instruments);
  return {
    instruments,
    ...(prometheus && { page: (request, response) => prometheus.getMetricsRequestHandler(request, response) }),
    push: () => provider.forceFlush({ timeoutMillis: PUSH_TIMEOUT_MS }),
    close() {
      stopLag();
      return provider.shutdown({ timeoutMillis: PUSH_TIMEOUT_MS });
    },
  };
}

/**
 * The same reader, which says of a gauge only what was observed for it. By default the SDK goes on with the last value of a gauge that
 * is no longer observed, for ever.
 */
function forgetful(reader: IMetricReader): IMetricReader {
  const select = reader.selectAggregationTemporality.bind(reader);
  reader.selectAggregationTemporality = (type) =>
    type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : select(type);
  return reader;
}

/** How late a timer fires is how long the event loop was busy with something else. */
function measureLag(clock: Clock, instruments: Instruments): () => void {
  let dueMs = clock.monotonic() + LAG_EVERY_MS;
  const timer = setInterval(() => {
    const nowMs = clock.monotonic();
    instruments.record(METRICS.eventLoopLag, Math.max(0, nowMs - dueMs) / 1000);
    dueMs = nowMs + LAG_EVERY_MS;
  }, LAG_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
