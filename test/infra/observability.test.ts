import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMON_LABELS, type Metric, METRICS } from '../../catalogue/metrics.ts';
import { parseInfra } from '../../infra/config/parse.ts';
import { alertsOf } from '../../infra/observability/alerts.ts';
import { dashboardJson } from '../../infra/observability/cloud-monitoring.ts';
import { objectivesOf, sliFilter } from '../../infra/observability/objectives.ts';
import { QueueQueries } from '../../infra/observability/promql.ts';
import { queueDashboard } from '../../infra/observability/queue-dashboard.ts';
import { reconcilerDashboard } from '../../infra/observability/reconciler-dashboard.ts';
import { settingsFor } from '../support/infra-settings.ts';

const parsed = parseInfra(settingsFor(2));
if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
const { infra } = parsed;
const queue = infra.queues[0]!;
const alerts = alertsOf(queue);
const dashboards = [queueDashboard(infra, queue, ['policy']), reconcilerDashboard(queue)];
const queries = [
  ...alerts.flatMap(({ conditions }) => conditions.map(({ query }) => query)),
  ...dashboards.flatMap(({ rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => {
        if (panel.kind === 'chart') return panel.lines.map(({ query }) => query);
        return panel.kind === 'number' ? [panel.query] : [];
      }),
    ),
  ),
];

const byName = new Map<string, Metric>(Object.values(METRICS).map((metric) => [metric.name, metric]));

describe('queries', () => {
  test('ask for metrics and labels of the catalogue only, each about its queue', () => {
    for (const query of queries) {
      for (const [, name, labels] of query.matchAll(/\b(workqueue_\w+?)(?:_bucket)?\{([^}]*)\}/g)) {
        const metric = byName.get(name!);
        expect(metric, name).toBeDefined();
        expect(labels).toContain('queue_name="hello"');
        for (const [, label, values] of labels!.matchAll(/(\w+)=~?"([^"]*)"/g)) {
          if (label === COMMON_LABELS.queue) continue;
          for (const value of values!.split('|')) expect(metric!.labels[label!], `${name} ${label}`).toContain(value);
        }
      }
    }
    expect(queries.length).toBeGreaterThan(60);
  });

  test('never add up what every process says of the bucket', () => {
    const gauges = Object.values(METRICS).filter(({ kind }) => kind === 'gauge');
    for (const query of queries) {
      for (const { name } of gauges) {
        for (const [, before] of query.matchAll(new RegExp(`(.{0,40})\\b${name}\\{`, 'g'))) {
          expect(before, query).toMatch(/max by \(\w+\) \($/);
        }
      }
    }
  });

  test('take rates of counters only, and have all their brackets', () => {
    for (const query of queries) {
      for (const [, name] of query.matchAll(/(?:rate|increase)\((workqueue_\w+?)(?:_bucket)?\{/g)) {
        expect(['counter', 'histogram']).toContain(byName.get(name!)?.kind);
      }
      for (const [open, close] of ['()', '[]', '{}']) {
        expect(query.split(open!).length, query).toBe(query.split(close!).length);
      }
    }
  });

  test('that make no sense are errors', () => {
    const q = new QueueQueries('x');
    expect(() => q.rate('paused', '5m')).toThrow('workqueue_paused is a gauge, not a counter');
    expect(() => q.fact('settled')).toThrow('workqueue_settled_total is a counter, not a gauge');
    expect(() => q.rateBy('settled', 'cause', '5m')).toThrow('workqueue_settled_total has no label cause');
    expect(() => q.rate('settled', '5m', { outcome: 'exploded' })).toThrow(
      'workqueue_settled_total has no outcome exploded',
    );
  });
});

describe('alerts', () => {
  test('each has its section in docs/operating.md', () => {
    const sections = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    for (const { name } of alerts) expect(sections).toContain(`\n### ${name}\n`);
  });

  const query = (name: string) =>
    alerts.find((alert) => alert.name === name)!.conditions.map((condition) => condition.query);

  test('are those of the runbook, each with a level, a meaning and a command to begin with', () => {
    expect(alerts.map(({ name, level }) => `${name} ${level}`)).toEqual([
      ...[
        'QueueStuck page',
        'NoPasses page',
        'DeadLetters ticket',
        'DeadLettersGrowing page',
        'DeadLettersForgotten ticket',
      ],
      ...[
        'DispatchFailures page',
        'TargetUnreachable page',
        'LeaseExpiry ticket',
        'LeaseExpiryHigh page',
        'Saturated ticket',
      ],
      ...[
        'NearDeadLetter ticket',
        'LongRunner ticket',
        'ListTooSlow ticket',
        'BucketThrottled info',
        'PausedTooLong ticket',
      ],
      ...['ReceiverErrors page', 'StartsTooLate page', 'ExecutionFailures ticket'],
    ]);
    for (const { meaning, firstCommand } of alerts) {
      expect(meaning.length).toBeGreaterThan(20);
      expect(firstCommand).toMatch(/^levelset -q hello \w+/);
    }
  });

  test('tell of a single dead letter', () => {
    expect(query('DeadLetters')).toEqual([
      'max by (queue_name) (workqueue_dead_lettered_keys{queue_name="hello"}) > 0',
    ]);
  });

  test('tell of silence as well as of failure', () => {
    expect(query('NoPasses')).toEqual([
      'sum by (queue_name) (increase(workqueue_passes_total{queue_name="hello", result="ok"}[10m])) < 1',
      'absent(workqueue_passes_total{queue_name="hello"})',
    ]);
  });

  test('of budgets look at a long and a short window, and at a least number of events', () => {
    const [fast, slow] = query('StartsTooLate');
    expect(fast).toMatch(/\[1h\].*> 0\.144 and .*\[5m\].*> 0\.144 and .*\[1h\].*>= 50$/);
    expect(slow).toMatch(/\[6h\].*> 0\.06 and .*\[30m\].*> 0\.06 and .*\[1h\].*>= 50$/);
  });

  test('of keys near their end are none where keys never end', () => {
    expect(alertsOf({ ...queue, maxAttempts: 0 }).map(({ name }) => name)).not.toContain('NearDeadLetter');
  });
});

describe('objectives', () => {
  test('split a counter into good and bad events that do not overlap', () => {
    for (const objective of objectivesOf(queue)) {
      const values = METRICS[objective.metric].labels[objective.label];
      expect(new Set([...objective.good, ...objective.bad]).size).toBe(objective.good.length + objective.bad.length);
      expect(values).toEqual(expect.arrayContaining([...objective.good, ...objective.bad]));
      expect(sliFilter('hello', objective, objective.bad)).toContain('metric.labels.queue_name="hello"');
    }
  });
});

interface Tile {
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly widget: { readonly collapsibleGroup?: object };
}

describe('dashboards', () => {
  test('have panels that fill the grid and lie on each other nowhere', () => {
    for (const dashboard of dashboards) {
      const { mosaicLayout } = dashboardJson(dashboard) as {
        mosaicLayout: { columns: number; tiles: readonly Tile[] };
      };
      const tiles = mosaicLayout.tiles.filter(({ widget }) => !widget.collapsibleGroup);
      const groups = mosaicLayout.tiles.filter(({ widget }) => widget.collapsibleGroup);
      const cells = new Set<string>();
      for (const { xPos, yPos, width, height } of tiles) {
        expect(xPos + width).toBeLessThanOrEqual(mosaicLayout.columns);
        for (let x = xPos; x < xPos + width; x += 1) {
          for (let y = yPos; y < yPos + height; y += 1) {
            expect(cells.has(`${x} ${y}`)).toBe(false);
            cells.add(`${x} ${y}`);
          }
        }
      }
      for (const { xPos, yPos, width, height } of tiles) {
        const within = groups.filter(
          (g) =>
            g.yPos <= yPos && yPos + height <= g.yPos + g.height && g.xPos <= xPos && xPos + width <= g.xPos + g.width,
        );
        expect(within).toHaveLength(1);
      }
    }
  });

  test('show every metric of the catalogue somewhere, or an alert does', () => {
    const shown = queries.join('\n');
    const hidden = Object.values(METRICS)
      .map(({ name }) => name)
      .filter((name) => !shown.includes(name));
    // How long keys take from end to end is for the CLI and for who asks.
    expect(hidden).toEqual(['workqueue_time_to_completion_seconds']);
  });

  test('have no two panels of one title', () => {
    for (const { rows } of dashboards) {
      const titles = rows.flatMap(({ panels }) => panels.map(({ title }) => title));
      expect(new Set(titles).size).toBe(titles.length);
    }
  });
});
