import { bucketName, partName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';
import type { Dashboard, Line, Panel, Row, Unit } from './dashboard.ts';
import * as platform from './platform-queries.ts';
import { type MetricKey, QueueQueries } from './promql.ts';

/** The dashboard of one queue: is it well, what waits, how fast is it, what fails, what does it cost. */
export function queueDashboard(infra: Infra, queue: Queue, policies: readonly string[]): Dashboard {
  const q = new QueueQueries(queue.name);
  return {
    title: `Queue ${queue.name}`,
    labels: { levelset: '', queue: '' },
    rows: [
      head(infra, queue, policies),
      well(q, queue),
      backlog(q, queue),
      speed(q),
      failures(q, queue),
      deadLetters(q, queue),
      leases(q),
      bucket(q, infra, queue),
      triggers(q, queue),
      ...platformRows(q, queue),
      logs(infra, queue),
    ],
  };
}

const QUANTILES = [0.5, 0.95, 0.99] as const;

const line = (legend: string, query: string): Line => ({ legend, query });
/** One line for each value of the labels that the query groups by. */
const each = (query: string): Line => ({ query });
const chart = (
  title: string,
  unit: Unit,
  lines: readonly Line[],
  more: Partial<Extract<Panel, { kind: 'chart' }>> = {},
): Panel => ({
  kind: 'chart',
  title,
  unit,
  lines,
  ...more,
});
const quantiles = (q: QueueQueries, metric: MetricKey): Line[] =>
  QUANTILES.map((quantile) => line(`p${quantile * 100}`, q.quantile(quantile, metric, '5m')));

function services(queue: Queue): string[] {
  const parts = queue.ingress
    ? (['receiver', 'ingress', 'dispatcher', 'reconciler'] as const)
    : (['receiver', 'dispatcher', 'reconciler'] as const);
  return parts.map((part) => partName(queue.name, part));
}

function head(infra: Infra, queue: Queue, policies: readonly string[]): Row {
  const { runbook } = infra.telemetry;
  const facts = [
    queue.description ?? `The queue ${queue.name}.`,
    `Owner: ${queue.owner ?? 'not named'}. At most ${queue.concurrency} keys at once over all regions, ${queue.maxAttempts === 0 ? 'attempts without end' : `${queue.maxAttempts} attempts`}.`,
    `[Runbook](${runbook}) · bucket \`${bucketName(infra.project, queue)}\` · first command: \`levelset -q ${queue.name} top\``,
    'Gauges describe the bucket: read them with max, never with sum.',
  ];
  return {
    title: 'What this is',
    panels: [
      { kind: 'text', title: queue.name, markdown: facts.join('\n\n') },
      { kind: 'alerts', title: 'Open alerts', policies },
      chart('Revisions that serve (a step is a deploy)', '1/s', [each(platform.revisions(services(queue)))]),
    ],
  };
}

function well(q: QueueQueries, queue: Queue): Row {
  const failed = `100 * ${q.rate('settled', '15m', { outcome: 'failed' })} / ${q.rate('settled', '15m')}`;
  return {
    title: 'Is it well?',
    panels: [
      {
        kind: 'number',
        title: 'Oldest eligible key',
        query: q.fact('oldestEligibleAgeSeconds'),
        unit: 's',
        thresholds: [
          { above: 60, colour: 'YELLOW' },
          { above: queue.alerts.stuckSeconds, colour: 'RED' },
        ],
      },
      {
        kind: 'number',
        title: 'Dead letters',
        query: q.fact('deadLetteredKeys'),
        unit: '1',
        thresholds: [
          { above: 0, colour: 'YELLOW' },
          { above: queue.alerts.deadLettersIn30m, colour: 'RED' },
        ],
      },
      {
        kind: 'number',
        title: 'Oldest dead letter',
        query: q.fact('oldestDeadLetterAgeSeconds'),
        unit: 's',
        thresholds: [{ above: queue.alerts.deadLetterAgeSeconds, colour: 'RED' }],
      },
      {
        kind: 'number',
        title: 'Attempts that fail, 15 min',
        query: failed,
        unit: '%',
        thresholds: [
          { above: 5, colour: 'YELLOW' },
          { above: 100 * queue.alerts.failureRatio, colour: 'RED' },
        ],
      },
      {
        kind: 'number',
        title: 'Limit in use',
        query: `100 * ${q.fact('inProgressKeys')} / ${q.fact('concurrencyLimit')}`,
        unit: '%',
        thresholds: [{ above: 100 * queue.alerts.saturation, colour: 'YELLOW' }],
      },
      {
        kind: 'number',
        title: 'Since the last sweep',
        query: `time() - ${q.fact('lastPassTimestampSeconds')}`,
        unit: 's',
        thresholds: [
          { above: 180, colour: 'YELLOW' },
          { above: 600, colour: 'RED' },
        ],
      },
      {
        kind: 'number',
        title: 'Paused (1 = yes)',
        query: q.fact('paused'),
        unit: '1',
        thresholds: [{ above: 0, colour: 'YELLOW' }],
      },
    ],
  };
}

function backlog(q: QueueQueries, queue: Queue): Row {
  return {
    title: 'Backlog',
    panels: [
      chart(
        'Keys that wait',
        '1',
        [line('eligible', q.fact('queuedKeys')), line('not yet due', q.fact('notBeforeKeys'))],
        {
          stacked: true,
        },
      ),
      chart('Added and settled', '1/s', [
        line('added', q.rate('addedKeys', '5m')),
        line('settled', q.rate('settled', '5m')),
      ]),
      chart('Oldest eligible key by priority', 's', [each(q.factBy('oldestEligibleAgeSeconds', 'priority_class'))], {
        limits: [
          { label: 'objective', value: 60 },
          { label: 'QueueStuck', value: queue.alerts.stuckSeconds },
        ],
      }),
    ],
  };
}

function speed(q: QueueQueries): Row {
  return {
    title: 'Speed',
    panels: [
      chart('From eligible to started', 's', quantiles(q, 'waitLatency'), {
        limits: [{ label: 'objective', value: 60 }],
      }),
      chart('Length of runs', 's', quantiles(q, 'processLatency')),
      chart('Running keys and their limit', '1', [
        line('running', q.fact('inProgressKeys')),
        line('limit', q.fact('concurrencyLimit')),
      ]),
    ],
  };
}

function failures(q: QueueQueries, queue: Queue): Row {
  return {
    title: 'Failures',
    panels: [
      chart('Attempts by outcome', '1/s', [each(q.rateBy('settled', 'outcome', '5m'))], {
        stacked: true,
      }),
      chart('Whose fault', '%', [
        line(
          'the reconciler failed',
          `100 * ${q.rate('settled', '5m', { outcome: 'failed|rejected' })} / ${q.rate('settled', '5m')}`,
        ),
        line(
          'it was not reached, or its lease was lost',
          `100 * ${q.rate('settled', '5m', { outcome: 'unreachable|lost' })} / ${q.rate('settled', '5m')}`,
        ),
      ]),
      chart(
        'Attempts',
        '1',
        [
          line('p95 when a key is done', q.quantile(0.95, 'attemptsAtCompletion', '15m')),
          line('the most of any key now', q.fact('maxAttempts')),
        ],
        queue.maxAttempts === 0 ? {} : { limits: [{ label: 'dead letter', value: queue.maxAttempts }] },
      ),
    ],
  };
}

function deadLetters(q: QueueQueries, queue: Queue): Row {
  return {
    title: 'Dead letters',
    panels: [
      chart('In and redriven, in an hour', '1', [
        line('new', q.count('deadLetters', '1h')),
        line('redriven', q.count('redriven', '1h')),
        line('times that operators dropped some', q.count('operatorActions', '1h', { verb: 'dead drop' })),
      ]),
      chart('Age of the oldest', 's', [line('oldest', q.fact('oldestDeadLetterAgeSeconds'))], {
        limits: [{ label: 'forgotten', value: queue.alerts.deadLetterAgeSeconds }],
      }),
      chart('New ones in an hour, by cause', '1', [each(q.countBy('deadLetters', 'cause', '1h'))], { stacked: true }),
      {
        kind: 'logs',
        title: 'Keys given up, with their reasons',
        filter: logFilter(queue, ['dispatcher'], 'jsonPayload.event=("key.exhausted" OR "key.rejected")'),
      },
    ],
  };
}

function leases(q: QueueQueries): Row {
  return {
    title: 'Leases and races',
    panels: [
      chart('Age of leases', 's', quantiles(q, 'leaseAge')),
      chart('Leases asked for', '1/s', [each(q.rateBy('claims', 'result', '5m'))]),
      chart('Taken away from runs', '1/s', [
        line('expired', q.rate('expiredLeases', '5m')),
        line('interrupted by a drain', q.rate('settled', '5m', { outcome: 'interrupted' })),
      ]),
    ],
  };
}

function bucket(q: QueueQueries, infra: Infra, queue: Queue): Row {
  const merged = q.rate('dedupedKeys', '5m');
  return {
    title: 'Bucket',
    panels: [
      chart(
        'Sweeps and pages, p95',
        's',
        [
          line('sweep', q.quantile(0.95, 'passDuration', '5m')),
          line('page', q.quantile(0.95, 'enumerateLatency', '5m')),
        ],
        { limits: [{ label: 'ListTooSlow', value: queue.alerts.sweepSeconds }] },
      ),
      chart('Requests by answer', '1/s', [each(q.rateBy('storeRequests', 'result', '5m'))], {
        stacked: true,
      }),
      chart(
        'Requests in an hour as Cloud Storage counts them (what is paid for)',
        '1',
        [each(platform.bucketRequests(bucketName(infra.project, queue)))],
        { stacked: true },
      ),
      chart('Entries listed', '1/s', [line('listed', q.rate('listedKeys', '5m'))]),
      chart('Enqueues that met an entry of their key, of all', '%', [
        line('merged', `100 * ${merged} / (${q.rate('addedKeys', '5m')} + ${merged})`),
      ]),
    ],
  };
}

function triggers(q: QueueQueries, queue: Queue): Row {
  const subscriptions = `${queue.name}-hints-.*|${partName(queue.name, 'ingress')}-.*`;
  return {
    title: 'Triggers',
    panels: [
      chart('Pushes by what became of them', '1/s', [each(q.rateBy('dispatchTriggers', 'result', '5m'))], {
        stacked: true,
      }),
      chart('Oldest message that waits', 's', [each(platform.oldestUnacked(subscriptions))], {
        limits: [{ label: 'ack deadline', value: 600 }],
      }),
      chart('Pushes by answer', '1/s', [each(platform.pushesByAnswer(subscriptions))], {
        stacked: true,
      }),
      ...(queue.ingress
        ? [chart('Events at the ingress', '1/s', [each(q.rateBy('ingressEvents', 'result', '5m'))], { stacked: true })]
        : []),
    ],
  };
}

function platformRows(q: QueueQueries, queue: Queue): Row[] {
  const all = services(queue);
  return [
    {
      title: 'Platform',
      panels: [
        chart('Instances by region', '1', [each(platform.instances(all))], {
          stacked: true,
        }),
        chart('Processor in use, p95', '1', [each(platform.cpuShare(all))]),
        chart('Memory in use, p95', '1', [each(platform.memoryShare(all))]),
      ],
    },
    {
      title: 'Platform: requests',
      panels: [
        chart('Length of requests in ms, p95', '1', [each(platform.requestLatency(all))]),
        chart('Cold starts in ms, p95', '1', [each(platform.startupLatency(all))]),
        chart('Event-loop lag by region, p95', 's', [each(q.quantileByRegion(0.95, 'eventLoopLag', '5m'))]),
      ],
    },
  ];
}

function logs(infra: Infra, queue: Queue): Row {
  return {
    title: 'Logs',
    panels: [
      {
        kind: 'logs',
        title: 'Failures, with their keys',
        filter: logFilter(queue, ['dispatcher'], 'jsonPayload.event="key.failed"'),
      },
      {
        kind: 'logs',
        title: 'What operators did',
        filter: logFilter(queue, ['dispatcher'], 'jsonPayload.event="operator.acted"'),
      },
      {
        kind: 'logs',
        title: 'What the redrive job did',
        filter: `resource.type="cloud_run_job" AND resource.labels.job_name="${partName(queue.name, 'redrive')}"`,
      },
      ...(infra.auditLogs ? [writers(infra, queue)] : []),
      {
        kind: 'logs',
        title: 'Errors of our services',
        filter: logFilter(queue, ['receiver', 'ingress', 'dispatcher'], 'severity>=ERROR'),
      },
    ],
  };
}

/** Our services are exempted from being logged, so that these are operators, and who should not be there. */
function writers(infra: Infra, queue: Queue): Panel {
  const objects = `projects/_/buckets/${bucketName(infra.project, queue)}/objects/`;
  return {
    kind: 'logs',
    title: 'Who wrote to the bucket, our services left out',
    filter: `log_id("cloudaudit.googleapis.com/data_access") AND resource.type="gcs_bucket" AND protoPayload.resourceName:"${objects}"`,
  };
}

function logFilter(queue: Queue, parts: readonly ('receiver' | 'ingress' | 'dispatcher')[], rest: string): string {
  const names = parts
    .filter((part) => part !== 'ingress' || queue.ingress)
    .map((part) => `"${partName(queue.name, part)}"`);
  const which = names.length === 1 ? names[0] : `(${names.join(' OR ')})`;
  return `resource.type="cloud_run_revision" AND resource.labels.service_name=${which} AND ${rest}`;
}
