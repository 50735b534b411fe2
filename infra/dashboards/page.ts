import { html } from 'hono/html';
import type { Alert } from '../observability/alerts.ts';
import { dashboardJson } from '../observability/cloud-monitoring.ts';
import type { Dashboard, Panel } from '../observability/dashboard.ts';

type Html = ReturnType<typeof html>;

export interface Page {
  readonly dashboards: readonly Dashboard[];
  readonly alerts: readonly { readonly queue: string; readonly alerts: readonly Alert[] }[];
}

interface Tile {
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly widget: { readonly title: string; readonly collapsibleGroup?: object };
}

/**
 * Dashboards and alerts to look at before they are deployed. Panels lie where the JSON for Cloud Monitoring puts them, so that a
 * mistake in the layout is seen here; in place of data they show what they ask for.
 */
export async function dashboardsPage({ dashboards, alerts }: Page): Promise<string> {
  return String(
    await html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>Dashboards and alerts</title>
          <style>
            ${STYLE}
          </style>
        </head>
        <body>
          <nav>
            ${dashboards.map(({ title }) => html`<a href="#${idOf(title)}">${title}</a> `)}
            ${alerts.map(({ queue }) => html`<a href="#alerts-${queue}">Alerts of ${queue}</a> `)}
          </nav>
          ${dashboards.map(dashboardHtml)} ${alerts.map(({ queue, alerts: all }) => alertsHtml(queue, all))}
        </body>
      </html>`,
  );
}

const STYLE = `
  body { font: 13px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #202124; background: #f1f3f4; }
  nav a { margin-right: 1rem; }
  .grid { display: grid; grid-template-columns: repeat(48, 1fr); grid-auto-rows: 14px; margin-bottom: 3rem; }
  .group { border-top: 2px solid #5f6368; font-weight: 600; padding-top: 6px; }
  .panel { background: #fff; border: 1px solid #dadce0; border-radius: 4px; margin: 3px; padding: 6px 8px; overflow: auto; }
  .panel h3 { font-size: 13px; margin: 0 0 4px; }
  .kind { float: right; color: #5f6368; }
  code, pre { font: 11px/1.35 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 4px; }
  .legend { color: #1a73e8; } .YELLOW { color: #b06000; } .RED { color: #c5221f; } .limit { color: #188038; }
  table { border-collapse: collapse; background: #fff; } td, th { border: 1px solid #dadce0; padding: 4px 8px; vertical-align: top; text-align: left; }
`;

function dashboardHtml(dashboard: Dashboard): Html {
  const { mosaicLayout } = dashboardJson(dashboard) as { mosaicLayout: { tiles: readonly Tile[] } };
  const panels = dashboard.rows.flatMap((row) => row.panels);
  let next = 0;
  const cells = mosaicLayout.tiles.map((tile) => {
    const group = tile.widget.collapsibleGroup !== undefined;
    // A group's own line alone: its panels lie over the rest.
    const rows = group ? 3 : tile.height;
    const place = `grid-column: ${tile.xPos + 1} / span ${tile.width}; grid-row: ${tile.yPos + 1} / span ${rows}`;
    if (group) return html`<div class="group" style="${place}">${tile.widget.title}</div>`;
    return html`<div class="panel" style="${place}">${panelHtml(panels[next++]!)}</div>`;
  });
  return html`<h1 id="${idOf(dashboard.title)}">${dashboard.title}</h1>
    <div class="grid">${cells}</div>`;
}

function panelHtml(panel: Panel): Html {
  const head = html`<span class="kind">${panel.kind}${'unit' in panel ? `, ${panel.unit}` : ''}</span>
    <h3>${panel.title}</h3>`;
  switch (panel.kind) {
    case 'text':
      return html`${head}
        <pre>${panel.markdown}</pre>`;
    case 'number':
      return html`${head}<code>${panel.query}</code>${(panel.thresholds ?? []).map(
        ({ above, colour }) => html`<div class="${colour}">${colour.toLowerCase()} above ${above}</div>`,
      )}`;
    case 'chart':
      return html`${head}${panel.lines.map(
        ({ legend, query }) =>
          html`<div class="legend">${legend ?? 'by label'}${panel.stacked ? ' (stacked)' : ''}</div>
            <pre>${query}</pre>`,
      )}${(panel.limits ?? []).map(({ label, value }) => html`<div class="limit">line at ${value}: ${label}</div>`)}`;
    case 'logs':
      return html`${head}
        <pre>${panel.filter}</pre>`;
    case 'alerts':
      return html`${head}
        <div>${panel.policies.length} policies</div>`;
    default:
      return panel satisfies never;
  }
}

function alertsHtml(queue: string, alerts: readonly Alert[]): Html {
  const rows = alerts.map(
    ({ name, level, conditions, meaning, firstCommand }) =>
      html`<tr>
        <td>${name}</td>
        <td>${level}</td>
        <td>
          ${conditions.map(
            ({ title, query, forSeconds }) =>
              html`<div class="legend">${title}, for ${forSeconds} s</div>
                <pre>${query}</pre>`,
          )}
        </td>
        <td>${meaning}</td>
        <td><code>${firstCommand}</code></td>
      </tr>`,
  );
  return html`<h1 id="alerts-${queue}">Alerts of ${queue}</h1>
    <table>
      <tr>
        <th>alert</th>
        <th>level</th>
        <th>conditions</th>
        <th>meaning</th>
        <th>first command</th>
      </tr>
      ${rows}
    </table>`;
}

function idOf(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
