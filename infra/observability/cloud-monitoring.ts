import type { Dashboard, Line, Panel } from './dashboard.ts';

/** Width of a dashboard in the grid of Cloud Monitoring. */
const COLUMNS = 48;
const LINE_HEIGHT = 16;
/** Of a line of numbers alone. */
const NUMBERS_HEIGHT = 8;
/** A group's own line. */
const HEAD = 4;
/** Panels side by side that can still be read. A row of more has several lines. */
const MOST_ABREAST = 4;

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
    const yPos = y;
    y += HEAD;
    const panels = linesOf(row.panels).flatMap((line) => {
      const tilesOfLine = lineTiles(line, y);
      y += heightOf(line);
      return tilesOfLine;
    });
    const group = { title: row.title, collapsibleGroup: { collapsed: false } };
    return [{ xPos: 0, yPos, width: COLUMNS, height: y - yPos, widget: group }, ...panels];
  });
  return { displayName: title, labels, mosaicLayout: { columns: COLUMNS, tiles } };
}

/** As many lines as it takes, all but the last of the same number of panels. */
function linesOf(panels: readonly Panel[]): (readonly Panel[])[] {
  const abreast = Math.ceil(panels.length / Math.ceil(panels.length / MOST_ABREAST));
  return panels.flatMap((_, index) => (index % abreast === 0 ? [panels.slice(index, index + abreast)] : []));
}

function heightOf(line: readonly Panel[]): number {
  return line.every(({ kind }) => kind === 'number') ? NUMBERS_HEIGHT : LINE_HEIGHT;
}

/** Panels that share the width. */
function lineTiles(line: readonly Panel[], yPos: number): Tile[] {
  const edge = (index: number) => Math.round((index * COLUMNS) / line.length);
  return line.map((panel, index) => ({
    xPos: edge(index),
    yPos,
    width: edge(index + 1) - edge(index),
    height: heightOf(line),
    widget: widgetOf(panel),
  }));
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
