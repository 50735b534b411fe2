import { METRICS, type Metric } from '../../catalogue/metrics.ts';

export type MeteredService = 'receiver' | 'ingress' | 'dispatcher';

const { addedKeys, dedupedKeys, enqueueCalls, ingressEvents, storeRequests, eventLoopLag } = METRICS;
const { redriven, operatorActions } = METRICS;

const RECEIVER: readonly Metric[] = [addedKeys, dedupedKeys, enqueueCalls, storeRequests, eventLoopLag];
const INGRESS: readonly Metric[] = [...RECEIVER, ingressEvents];
/** What only the others know of, and what operators do, which happens in no service. */
const ELSEWHERE: readonly Metric[] = [enqueueCalls, ingressEvents, redriven, operatorActions];

/** The metrics of a service: those it writes zeros for when it starts. */
export function metricsOf(service: MeteredService): readonly Metric[] {
  switch (service) {
    case 'receiver':
      return RECEIVER;
    case 'ingress':
      return INGRESS;
    case 'dispatcher':
      return Object.values<Metric>(METRICS).filter((metric) => !ELSEWHERE.includes(metric));
    default:
      return service satisfies never;
  }
}
