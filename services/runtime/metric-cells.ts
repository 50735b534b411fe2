import type { Attributes, BatchObservableResult, Histogram, Meter, Observable } from '@opentelemetry/api';
import { COMMON_LABELS, type Metric } from '../../catalogue/metrics.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Instruments, Labels } from '../telemetry/instruments.ts';

/** A gauge that nobody has renewed for so long is left out: half as long again as a dispatcher goes without a full sweep. */
const STALE_MS = 900_000;

interface Cell {
  readonly instrument: Observable;
  readonly attributes: Attributes;
  /** Absent: a gauge that nobody has said anything about. */
  value: number | undefined;
  /** Monotonic ms of the last word on a gauge; counters do not grow old. */
  setMs: number | undefined;
}

/**
 * The instruments of a process on OpenTelemetry. Counters and gauges are numbers in memory, one for each combination of labels, which
 * are handed over when someone collects: counting costs nothing but an addition, and zeros are there from the start.
 */
export class MetricCells implements Instruments {
  readonly #clock: Clock;
  readonly #common: Attributes;
  readonly #cells = new Map<string, Cell>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(meter: Meter, metrics: readonly Metric[], common: Labels, clock: Clock) {
    this.#clock = clock;
    this.#common = common;
    const observables: Observable[] = [];
    for (const metric of metrics) {
      const { name, kind, description } = metric;
      // Translators to Prometheus append `_ratio` to a gauge of unit 1, and our names are complete.
      const options = metric.unit === '1' ? { description } : { description, unit: metric.unit };
      if (kind === 'histogram') {
        const bounds = [...(metric.bounds ?? [])];
        this.#histograms.set(
          name,
          meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries: bounds } }),
        );
        continue;
      }
      const instrument =
        kind === 'counter' ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options);
      observables.push(instrument);
      for (const labels of combinations(metric)) {
        const value = kind === 'counter' ? 0 : undefined;
        this.#cells.set(cellName(metric, labels), {
          instrument,
          attributes: { ...common, ...labels },
          value,
          setMs: undefined,
        });
      }
    }
    if (observables.length > 0) meter.addBatchObservableCallback((result) => this.#tell(result), observables);
  }

  count(metric: Metric, labels: Labels = {}, by = 1): void {
    const cell = this.#cells.get(cellName(metric, labels));
    if (cell?.value !== undefined) cell.value += by;
  }

  gauge(metric: Metric, value: number, labels: Labels = {}): void {
    const cell = this.#cells.get(cellName(metric, labels));
    if (!cell) return;
    cell.value = value;
    cell.setMs = this.#clock.monotonic();
  }

  record(metric: Metric, value: number, labels: Labels = {}): void {
    this.#histograms.get(metric.name)?.record(value, { ...this.#common, ...labels });
  }

  #tell(result: BatchObservableResult): void {
    const freshMs = this.#clock.monotonic() - STALE_MS;
    for (const { instrument, attributes, value, setMs } of this.#cells.values()) {
      if (value === undefined || (setMs !== undefined && setMs < freshMs)) continue;
      result.observe(instrument, value, attributes);
    }
  }
}

/** The labels that every metric of a process has. */
export function commonLabels(of: { readonly [label in keyof typeof COMMON_LABELS]: string }): Labels {
  return Object.fromEntries(
    Object.entries(COMMON_LABELS).map(([label, name]) => [name, of[label as keyof typeof COMMON_LABELS]]),
  );
}

function combinations({ labels }: Metric): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (all, [name, values]) => all.flatMap((labels) => values.map((value) => ({ ...labels, [name]: value }))),
    [{}],
  );
}

function cellName(metric: Metric, labels: Labels): string {
  let name = metric.name;
  for (const label in metric.labels) name += `|${labels[label]}`;
  return name;
}
