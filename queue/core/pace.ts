/** Weight of a new measurement in a moving average. */
const WEIGHT = 0.1;
/** More leases than slots, times this, are never taken ahead: they would only wait, held. */
const MOST_AHEAD = 3;
/** Part of a slot's time that leasing may cost before it is worth holding keys ahead of the slots. */
const WORTHWHILE = 0.01;

/** Moving averages of how long a lease takes to get and a run takes to finish, in ms; `undefined` until measured. */
export interface Pace {
  readonly leaseMs?: number | undefined;
  readonly runMs?: number | undefined;
}

export function measured(average: number | undefined, sampleMs: number): number {
  return average === undefined ? sampleMs : average + WEIGHT * (sampleMs - average);
}

/**
 * How many keys to lease ahead of the slots so that none stands empty while a lease is fetched: the slots' turnover during one
 * lease, and a quarter more. Nothing while runs are long against leasing: a key leased ahead waits where no other region can take it.
 */
export function leasesAhead(slots: number, pace: Pace): number {
  if (pace.leaseMs === undefined || pace.runMs === undefined) return 0;
  const ratio = pace.leaseMs / Math.max(pace.runMs, 1);
  if (ratio < WORTHWHILE) return 0;
  return Math.min(Math.ceil(1.25 * slots * ratio), MOST_AHEAD * slots);
}
