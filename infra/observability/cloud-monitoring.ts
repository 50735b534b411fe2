import type { Dashboard, Line, Panel } from './dashboard.ts';

/** Width of a dashboard in the grid of Cloud Monitoring. */
const COLUMNS = 48;
const ROW_HEIGHT = 16;
/** A group's own line. */
const HEAD = 4;

interface Tile {
  readonly xPos: number;
  readonly yPos: number;
  readonly width: number;
  readonly height: number;
  readonly widget: object;
}

/** The JSON of Cloud Monitoring's dashboards API (mosaicLayout): each row a group that collapses, its panels side by side. */
export function dashboardJson({ title, labels, rows }: Dashboard): object {
  let y = 0;
  const tiles = rows.flatMap((row): Tile[] => {
    const top = y;
    y += HEAD + ROW_HEIGHT;
    const width = COLUMNS / row.panels.length;
    return [
      {
        xPos: 0,
        yPos: top,
        width: COLUMNS,
        height: HEAD + ROW_HEIGHT,
        widget: { title: row.title, collapsibleGroup: { collapsed: false } },
      },
      ...row.panels.map((panel, index) => ({
        xPos: Math.round(index * width),
        yPos: top + HEAD,
        width: Math.round((index + 1) * width) - Math.round(index * width),
        height: ROW_HEIGHT,
        widget: widgetOf(panel),
      })),
    ];
  });
  return { displayName: title, labels, mosaicLayout: { columns: COLUMNS, tiles } };
}

function widgetOf(panel: Panel): object {
  const { title } = panel;
  switch (panel.kind) {
    case 'text':
      return { title, text: { content: panel.markdown, format: 'MARKDOWN' } };
    case 'number':
      return {
        title,
        scorecard: {
          timeSeriesQuery: { prometheusQuery: panel.query, unitOverride: panel.unit },
          sparkChartView: { sparkChartType: 'SPARK_LINE' },
          thresholds: (panel.thresholds ?? []).map(({ above, colour }) => ({
            value: above,
            color: colour,
            direction: 'ABOVE',
          })),
        },
      };
    case 'chart':
      return {
        title,
        xyChart: {
          dataSets: panel.lines.map((line) => dataSet(line, panel.unit, panel.stacked ?? false)),
          thresholds: (panel.limits ?? []).map(({ label, value }) => ({ label, value, targetAxis: 'Y1' })),
          yAxis: { label: panel.unit, scale: 'LINEAR' },
        },
      };
    case 'logs':
      return { title, logsPanel: { filter: panel.filter } };
    case 'alerts':
      return { title, incidentList: { policyNames: panel.policies } };
    default:
      return panel satisfies never;
  }
}

function dataSet({ legend, query }: Line, unit: string, stacked: boolean): object {
  return {
    timeSeriesQuery: { prometheusQuery: query, unitOverride: unit },
    ...(legend !== undefined && { legendTemplate: legend }),
    plotType: stacked ? 'STACKED_AREA' : 'LINE',
    targetAxis: 'Y1',
  };
}
