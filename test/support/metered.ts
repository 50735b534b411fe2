import type { ServerResponse } from 'node:http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { QueueContext } from '../../queue/context.ts';
import { observedStore } from '../../queue/stores/observed.ts';
import { commonLabels } from '../../services/runtime/metric-cells.ts';
import { openMetrics } from '../../services/runtime/metrics.ts';
import { meteredJournal } from '../../services/telemetry/metered-journal.ts';
import { type MeteredService, metricsOf } from '../../services/telemetry/scope.ts';
import { countRequests } from '../../services/telemetry/store-metrics.ts';
import { parsePage, type Sample } from './prometheus-page.ts';

/** Metrics over a context, and the page they are read from. */
export function metered(context: QueueContext, service: MeteredService = 'dispatcher') {
  const { clock } = context;
  const metrics = openMetrics({
    metrics: metricsOf(service),
    common: commonLabels({ service, revision: 'r1', queue: 'test', shard: '0' }),
    resource: resourceFromAttributes({}),
    clock,
    prometheus: true,
  });
  const { instruments } = metrics;
  const text = () =>
    new Promise<string>((resolve) => {
      const response = { statusCode: 0, setHeader() {}, end: resolve } as unknown as ServerResponse;
      metrics.page?.(response.req, response);
    });
  return {
    instruments,
    context: {
      ...context,
      store: observedStore(context.store, clock, countRequests(instruments)),
      journal: meteredJournal(context.journal, instruments),
    } satisfies QueueContext,
    text,
    samples: async (): Promise<readonly Sample[]> => parsePage(await text()),
    close: () => metrics.close(),
  };
}
