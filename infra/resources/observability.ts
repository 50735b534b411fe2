import { MonitoringAlertPolicy } from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';
import { MonitoringCustomService } from '@cdktf/provider-google/lib/monitoring-custom-service/index.js';
import { MonitoringDashboard } from '@cdktf/provider-google/lib/monitoring-dashboard/index.js';
import { MonitoringSlo } from '@cdktf/provider-google/lib/monitoring-slo/index.js';
import type { Construct } from 'constructs';
import type { Infra, Queue } from '../config/schema.ts';
import { type Alert, alertsOf } from '../observability/alerts.ts';
import { dashboardJson } from '../observability/cloud-monitoring.ts';
import { OBJECTIVE_DAYS, objectivesOf, sliFilter } from '../observability/objectives.ts';
import { queueDashboard } from '../observability/queue-dashboard.ts';
import { reconcilerDashboard } from '../observability/reconciler-dashboard.ts';

const SEVERITY = { page: 'CRITICAL', ticket: 'WARNING', info: undefined } as const;

/** Alerts, objectives and dashboards of a queue. */
export function observability(scope: Construct, infra: Infra, queue: Queue): void {
  const policies = alertsOf(queue).map((alert) => policy(scope, infra, queue, alert).name);
  if (queue.objectives.enabled) objectives(scope, infra, queue);
  new MonitoringDashboard(scope, `${queue.name}-dashboard`, {
    dashboardJson: JSON.stringify(dashboardJson(queueDashboard(infra, queue, policies))),
  });
  new MonitoringDashboard(scope, `${queue.name}-reconciler-dashboard`, {
    dashboardJson: JSON.stringify(dashboardJson(reconcilerDashboard(queue))),
  });
}

function policy(scope: Construct, infra: Infra, queue: Queue, alert: Alert): MonitoringAlertPolicy {
  const severity = SEVERITY[alert.level];
  const section = `${infra.telemetry.runbook}#${alert.name.toLowerCase()}`;
  return new MonitoringAlertPolicy(scope, `${queue.name}-alert-${alert.name}`, {
    displayName: `${queue.name}: ${alert.name}`,
    combiner: 'OR',
    ...(severity && { severity }),
    notificationChannels: infra.notificationChannels[alert.level],
    userLabels: { ...infra.labels, queue: queue.name, level: alert.level },
    conditions: alert.conditions.map(({ title, query, forSeconds }) => ({
      displayName: title,
      conditionPrometheusQueryLanguage: {
        query,
        duration: `${forSeconds}s`,
        evaluationInterval: '60s',
        // The services write their metrics for the first time after the policies were made.
        disableMetricValidation: true,
      },
    })),
    documentation: {
      subject: `${queue.name}: ${alert.name}`,
      mimeType: 'text/markdown',
      content: [
        `**${alert.name}**: ${alert.meaning}.`,
        `First command: \`${alert.firstCommand}\``,
        `What it means and what to do: [runbook](${section})`,
        ...(queue.owner === undefined ? [] : [`Owner: ${queue.owner}`]),
      ].join('\n\n'),
      links: [{ displayName: 'Runbook', url: section }],
    },
    alertStrategy: { autoClose: '1800s' },
  });
}

function objectives(scope: Construct, infra: Infra, queue: Queue): void {
  const userLabels = { ...infra.labels, queue: queue.name };
  const service = new MonitoringCustomService(scope, `${queue.name}-service`, {
    serviceId: `${infra.name}-${queue.name}`,
    displayName: `Queue ${queue.name}`,
    userLabels,
  });
  for (const objective of objectivesOf(queue)) {
    new MonitoringSlo(scope, `${queue.name}-objective-${objective.id}`, {
      service: service.serviceId,
      sloId: objective.id,
      displayName: objective.title,
      goal: objective.goal,
      rollingPeriodDays: OBJECTIVE_DAYS,
      userLabels,
      requestBasedSli: {
        goodTotalRatio: {
          goodServiceFilter: sliFilter(queue.name, objective, objective.good),
          badServiceFilter: sliFilter(queue.name, objective, objective.bad),
        },
      },
    });
  }
}
