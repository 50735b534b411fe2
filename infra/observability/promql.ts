import { COMMON_LABELS, type Metric, METRICS } from '../../catalogue/metrics.ts';

export type MetricKey = keyof typeof METRICS;
type Labels = Readonly<Record<string, string>>;

/**
 * PromQL about one queue, made of the catalogue. Asking for a label that a metric does not have, or for the rate of a gauge, is an
 * error of ours and throws.
 */
export class QueueQueries {
  readonly #queue: string;

  constructor(queue: string) {
    this.#queue = queue;
  }

  /** What a gauge says, whoever says it: all processes tell the same fact about the bucket, so never a sum. */
  fact(metric: MetricKey, labels?: Labels): string {
    return `max by (${COMMON_LABELS.queue}) (${this.#series(metric, 'gauge', '', labels)})`;
  }

  /** The same for each value of a label. */
  factBy(metric: MetricKey, label: string): string {
    return `max by (${known(metric, label)}) (${this.#series(metric, 'gauge')})`;
  }

  /** Events a second over all processes, on average over `window`. */
  rate(metric: MetricKey, window: string, labels?: Labels): string {
    return `sum by (${COMMON_LABELS.queue}) (rate(${this.#series(metric, 'counter', '', labels)}[${window}]))`;
  }

  rateBy(metric: MetricKey, label: string, window: string, labels?: Labels): string {
    return `sum by (${known(metric, label)}) (rate(${this.#series(metric, 'counter', '', labels)}[${window}]))`;
  }

  /** Events within `window`, over all processes. */
  count(metric: MetricKey, window: string, labels?: Labels): string {
    return `sum by (${COMMON_LABELS.queue}) (increase(${this.#series(metric, 'counter', '', labels)}[${window}]))`;
  }

  countBy(metric: MetricKey, label: string, window: string): string {
    return `sum by (${known(metric, label)}) (increase(${this.#series(metric, 'counter')}[${window}]))`;
  }

  /** A quantile of a histogram in its unit, over `window`. */
  quantile(q: number, metric: MetricKey, window: string): string {
    return `histogram_quantile(${q}, sum by (le) (rate(${this.#series(metric, 'histogram', '_bucket')}[${window}])))`;
  }

  /** The same for each region: `location` is of the resource that writes, not a label of ours. */
  quantileByRegion(q: number, metric: MetricKey, window: string): string {
    return `histogram_quantile(${q}, sum by (le, location) (rate(${this.#series(metric, 'histogram', '_bucket')}[${window}])))`;
  }

  /** 1 where no process has told of the metric for a while. */
  absent(metric: MetricKey): string {
    return `absent(${this.#series(metric, METRICS[metric].kind)})`;
  }

  #series(metric: MetricKey, kind: Metric['kind'], suffix = '', labels: Labels = {}): string {
    const definition: Metric = METRICS[metric];
    if (definition.kind !== kind) throw new Error(`${definition.name} is a ${definition.kind}, not a ${kind}`);
    const conditions = Object.entries(labels).map(([label, pattern]) => {
      const values = definition.labels[known(metric, label)]!;
      const wanted = pattern.split('|');
      const stranger = wanted.find((value) => !values.includes(value));
      if (stranger !== undefined) throw new Error(`${definition.name} has no ${label} ${stranger}`);
      return wanted.length === 1 ? `, ${label}="${pattern}"` : `, ${label}=~"${pattern}"`;
    });
    return `${definition.name}${suffix}{${COMMON_LABELS.queue}="${this.#queue}"${conditions.join('')}}`;
  }
}

function known(metric: MetricKey, label: string): string {
  const { name, labels }: Metric = METRICS[metric];
  if (!(label in labels)) throw new Error(`${name} has no label ${label}`);
  return label;
}
