import { partName } from '../config/names.ts';
import type { Queue } from '../config/schema.ts';
import type { Dashboard, Line } from './dashboard.ts';
import * as platform from './platform-queries.ts';
import { QueueQueries } from './promql.ts';

/** The dashboard of a reconciler, for the team that writes it: calls as the dispatcher sees them, resources, errors. */
export function reconcilerDashboard(queue: Queue): Dashboard {
  const q = new QueueQueries(queue.name);
  const service = [partName(queue.name, 'reconciler')];
  const line = (legend: string, query: string): Line => ({ legend, query });
  const each = (query: string): Line => ({ query });
  const ours = `resource.type="cloud_run_revision" AND resource.labels.service_name="${service[0]}"`;
  return {
    title: `Reconciler of ${queue.name}`,
    labels: { levelset: '', reconciler: '' },
    rows: [
      {
        title: 'Calls',
        panels: [
          {
            kind: 'chart',
            title: 'Attempts by outcome (gRPC, as the dispatcher saw them)',
            unit: '1/s',
            stacked: true,
            lines: [each(q.rateBy('settled', 'outcome', '5m'))],
          },
          {
            kind: 'chart',
            title: 'Requests by HTTP answer (gRPC errors are 200 here)',
            unit: '1/s',
            stacked: true,
            lines: [each(platform.requestsByClass(service))],
          },
          {
            kind: 'chart',
            title: 'Length of runs',
            unit: 's',
            lines: [
              ...[0.5, 0.95, 0.99].map((p) => line(`p${p * 100}`, q.quantile(p, 'processLatency', '5m'))),
              line('p95 in the handler, where it pushes metrics', q.quantile(0.95, 'handlerLatency', '5m')),
            ],
            limits: [{ label: 'LongRunner', value: queue.alerts.maxRunSeconds }],
          },
        ],
      },
      {
        title: 'Resources',
        panels: [
          {
            kind: 'chart',
            title: 'Instances by region',
            unit: '1',
            stacked: true,
            lines: [each(platform.instances(service))],
          },
          {
            kind: 'chart',
            title: 'Processor in use, p95',
            unit: '1',
            lines: [each(platform.cpuShare(service))],
          },
          {
            kind: 'chart',
            title: 'Memory in use, p95',
            unit: '1',
            lines: [each(platform.memoryShare(service))],
          },
        ],
      },
      {
        title: 'Errors',
        panels: [
          {
            kind: 'chart',
            title: 'Attempts that failed, of all',
            unit: '%',
            lines: [
              line('failed', `100 * ${q.rate('settled', '5m', { outcome: 'failed' })} / ${q.rate('settled', '5m')}`),
            ],
            limits: [{ label: 'DispatchFailures', value: 100 * queue.alerts.failureRatio }],
          },
          {
            kind: 'chart',
            title: 'Cold starts in ms, p95',
            unit: '1',
            lines: [each(platform.startupLatency(service))],
          },
          { kind: 'logs', title: 'Errors', filter: `${ours} AND severity>=ERROR` },
        ],
      },
      { title: 'Logs', panels: [{ kind: 'logs', title: 'All lines', filter: ours }] },
    ],
  };
}
