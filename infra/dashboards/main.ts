/** `npm run infra:dashboards`: dashboards and alerts of `levelset.config.ts` as a page, to look at before they are deployed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname } from 'node:path';
import { parseInfra } from '../config/parse.ts';
import { settings } from '../levelset.config.ts';
import { alertsOf } from '../observability/alerts.ts';
import { queueDashboard } from '../observability/queue-dashboard.ts';
import { reconcilerDashboard } from '../observability/reconciler-dashboard.ts';
import { dashboardsPage } from './page.ts';

const parsed = parseInfra(settings);
if (!parsed.ok) {
  console.error(parsed.problems.join('\n'));
  process.exit(2);
}
const { infra } = parsed;
const alerts = infra.queues.map((queue) => ({ queue: queue.name, alerts: alertsOf(queue) }));
const dashboards = infra.queues.flatMap((queue) => [
  queueDashboard(
    infra,
    queue,
    alertsOf(queue).map(({ name }) => name),
  ),
  reconcilerDashboard(queue),
]);
const file = process.argv[2] ?? fileURLToPath(new URL('../../cdktf.out/dashboards.html', import.meta.url));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, await dashboardsPage({ dashboards, alerts }));
console.log(`${dashboards.length} dashboards and their alerts: ${file}`);
