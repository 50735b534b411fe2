import { METRICS, type Metric } from '../../catalogue/metrics.ts';

export type MeteredService = 'receiver' | 'ingress' | 'dispatcher' | 'reconciler';

const { addedKeys, dedupedKeys, enqueueCalls, ingressEvents, storeRequests, eventLoopLag, handlerLatency } = METRICS;

const RECEIVER: readonly Metric[] = [addedKeys, dedupedKeys, enqueueCalls, storeRequests, eventLoopLag];
const INGRESS: readonly Metric[] = [...RECEIVER, ingressEvents];
/** How attempts end, the dispatcher counts for all: what a reconciler measures has names of its own. */
const RECONCILER: readonly Metric[] = [handlerLatency, eventLoopLag];
/** What only the others know of. */
const ELSEWHERE: readonly Metric[] = [enqueueCalls, ingressEvents, handlerLatency];

/** The metrics of a service: those it writes zeros for when it starts. */
export function metricsOf(service: MeteredService): readonly Metric[] {
  switch (service) {
    case 'receiver':
      return RECEIVER;
    case 'ingress':
      return INGRESS;
    case 'reconciler':
      return RECONCILER;
    case 'dispatcher':
      return Object.values<Metric>(METRICS).filter((metric) => !ELSEWHERE.includes(metric));
    default:
      return service satisfies never;
  }
}
