import { COMMON_LABELS, type Metric, METRICS } from '../../catalogue/metrics.ts';
import type { Queue } from '../config/schema.ts';
import type { MetricKey } from './promql.ts';

/** A promise about a counter: which part of all of its events is good. */
export interface Objective {
  readonly id: string;
  readonly title: string;
  readonly goal: number;
  readonly owner: string;
  readonly metric: MetricKey;
  readonly label: string;
  /** Values of the label that are good and bad; others do not count (a caller's own mistakes, say). */
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

export const OBJECTIVE_DAYS = 28;

export function objectivesOf(queue: Queue): Objective[] {
  const { acceptance, queueing, execution } = queue.objectives;
  const outcomes = METRICS.settled.labels.outcome ?? [];
  return [
    {
      id: 'acceptance',
      title: `${percent(acceptance)} of enqueue calls are answered OK within a second`,
      goal: acceptance,
      owner: 'platform',
      metric: 'enqueueCalls',
      label: 'result',
      good: ['ok'],
      bad: ['slow', 'error'],
    },
    {
      id: 'queueing',
      title: `${percent(queueing)} of keys start within 60 s of being eligible`,
      goal: queueing,
      owner: 'platform',
      metric: 'started',
      label: 'within_target',
      good: ['true'],
      bad: ['false'],
    },
    {
      id: 'execution',
      title: `${percent(execution)} of attempts do not fail`,
      goal: execution,
      owner: "the reconciler's team",
      metric: 'settled',
      label: 'outcome',
      good: outcomes.filter((outcome) => outcome !== 'failed'),
      bad: ['failed'],
    },
  ];
}

/** The good or the bad events of an objective as Cloud Monitoring's filters say it. */
export function sliFilter(queue: string, { metric, label }: Objective, values: readonly string[]): string {
  const { name }: Metric = METRICS[metric];
  const wanted = values.length === 1 ? `"${values[0]}"` : `one_of(${values.map((value) => `"${value}"`).join(', ')})`;
  return [
    `metric.type="prometheus.googleapis.com/${name}/counter"`,
    'resource.type="prometheus_target"',
    `metric.labels.${COMMON_LABELS.queue}="${queue}"`,
    `metric.labels.${label}=${wanted}`,
  ].join(' AND ');
}

function percent(goal: number): string {
  return `${Number((goal * 100).toFixed(3))} %`;
}
