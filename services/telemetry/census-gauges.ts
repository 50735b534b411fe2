import { METRICS, PRIORITY_CLASSES } from '../../catalogue/metrics.ts';
import type { Census } from '../../queue/core/census.ts';
import type { Instruments } from './instruments.ts';

/** Classes of priorities that the census tells apart, in those that metrics do. */
const CLASSES: Readonly<Record<(typeof PRIORITY_CLASSES)[number], readonly (keyof Census['eligible'])[]>> = {
  '0': ['0'],
  '1-99': ['1', '10'],
  '100+': ['100', '1000'],
};

export interface CensusScope {
  /** `leases`: what waits or is dead was not counted whole, and what was said of it before stands. */
  readonly extent: 'all' | 'leases';
  /** The limit over all regions. */
  readonly concurrency: number;
}

/** Says what a sweep has found in the bucket. */
export function gaugeCensus(instruments: Instruments, census: Census, { extent, concurrency }: CensusScope): void {
  const { takenMs, counts } = census;
  const ageSeconds = (sinceMs: number | undefined) =>
    sinceMs === undefined ? 0 : Math.max(0, takenMs - sinceMs) / 1000;
  instruments.gauge(METRICS.inProgressKeys, counts.running);
  instruments.gauge(METRICS.longestRunningSeconds, ageSeconds(census.longestRunningMs));
  instruments.gauge(METRICS.concurrencyLimit, concurrency);
  instruments.gauge(METRICS.paused, census.pause ? 1 : 0);
  if (extent !== 'all') return;
  instruments.gauge(METRICS.queuedKeys, counts.eligible);
  instruments.gauge(METRICS.notBeforeKeys, counts.waiting);
  instruments.gauge(METRICS.deadLetteredKeys, counts.dead);
  instruments.gauge(METRICS.maxAttempts, census.maxAttempts);
  for (const name of PRIORITY_CLASSES) {
    const ages = CLASSES[name].map((each) => ageSeconds(census.eligible[each].oldestMs));
    instruments.gauge(METRICS.oldestEligibleAgeSeconds, Math.max(...ages), { priority_class: name });
  }
  instruments.gauge(METRICS.oldestDeadLetterAgeSeconds, ageSeconds(census.oldestDeadMs));
  instruments.gauge(METRICS.lastPassTimestampSeconds, takenMs / 1000);
}
