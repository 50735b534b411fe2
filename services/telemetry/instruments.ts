import type { Metric } from '../../catalogue/metrics.ts';

export type Labels = Readonly<Record<string, string>>;

/** Metrics, to who writes them. Nothing here rejects or throws: a metric is never a reason to fail. */
export interface Instruments {
  /** Adds to a counter. */
  count(metric: Metric, labels?: Labels, by?: number): void;
  /** Says how things are. What is not said again for a while is left out: an old answer is a wrong one. */
  gauge(metric: Metric, value: number, labels?: Labels): void;
  /** Adds a measurement to a histogram, in the metric's unit. */
  record(metric: Metric, value: number, labels?: Labels): void;
}
