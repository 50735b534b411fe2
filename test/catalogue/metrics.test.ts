import { expect, test } from 'vitest';
import { METRICS, type Metric } from '../../catalogue/metrics.ts';
import { COMMANDS } from '../../cli/command-table.ts';
import { metricsOf, type MeteredService } from '../../services/telemetry/scope.ts';
import { allFiles, sourceOf } from '../support/source-graph.ts';

/** Where something writes a metric: `count(METRICS.x`, or one of the helpers that record. */
const WRITE = /\b(count|gauge|record|seconds)\(\s*(?:instruments,\s*)?METRICS\.(\w+)/g;

const SERVICES = ['receiver', 'ingress', 'dispatcher', 'reconciler'] as const satisfies readonly MeteredService[];

function writers(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of allFiles.filter((name) => name.startsWith('services/'))) {
    for (const [, how = '', metric = ''] of sourceOf(file).matchAll(WRITE)) {
      found.set(metric, (found.get(metric) ?? new Set()).add(how === 'seconds' ? 'record' : how));
    }
  }
  return found;
}

const METHOD: Readonly<Record<Metric['kind'], string>> = { counter: 'count', gauge: 'gauge', histogram: 'record' };

test.each(Object.entries<Metric>(METRICS))('somebody writes %s, and some service shows it', (id, metric) => {
  expect(writers().get(id) ?? new Set()).toEqual(new Set([METHOD[metric.kind]]));
  expect(SERVICES.filter((service) => metricsOf(service).includes(metric))).not.toEqual([]);
});

test('what operators can do is what is counted of them', () => {
  const acting = COMMANDS.filter(({ options }) => options.some(({ flags }) => flags.startsWith('--reason')));
  expect(new Set(METRICS.operatorActions.labels['verb'])).toEqual(new Set(acting.map(({ name }) => name)));
});
