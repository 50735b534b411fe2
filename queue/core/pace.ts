/** Weight of a new measurement in a moving average. */
const WEIGHT = 0.1;
/** More leases than slots, times this, are never taken ahead: they would only wait, held. */
const MOST_AHEAD = 6;
/** Part of a slot's time that leasing may cost before it is worth holding keys ahead of the slots. */
const WORTHWHILE = 0.005;
/** A store that takes longer than this for a lease is in trouble: the longer, the less is asked of it ahead of time. */
const SLOW_MS = 1_000;
/** A quarter more than the average says, since leases that come late leave slots empty. */
const RESERVE = 1.25;

/** Moving averages of how long a lease takes to get and a run takes to finish, in ms; `undefined` until measured. */
export interface Pace {
  readonly leaseMs?: number | undefined;
  readonly runMs?: number | undefined;
  /** How far runs are from their average, on average. */
  readonly deviationMs?: number | undefined;
}

export function measured(average: number | undefined, sampleMs: number): number {
  return average === undefined ? sampleMs : average + WEIGHT * (sampleMs - average);
}

/** The pace after a run of `sampleMs`. */
export function afterRun(pace: Pace, sampleMs: number): Pace {
  const runMs = measured(pace.runMs, sampleMs);
  return { ...pace, runMs, deviationMs: measured(pace.deviationMs, Math.abs(sampleMs - (pace.runMs ?? sampleMs))) };
}

/**
 * How many keys to lease ahead of the slots so that none stands empty while a lease is fetched: the slots' turnover during one
 * lease, and a quarter more. Nothing while runs are long against leasing: a key leased ahead waits where no other region can take it.
 */
export function leasesAhead(slots: number, pace: Pace): number {
  if (pace.leaseMs === undefined || pace.runMs === undefined) return 0;
  const ratio = pace.leaseMs / Math.max(pace.runMs, 1);
  if (ratio < WORTHWHILE) return 0;
  const most = MOST_AHEAD * slots * Math.min(1, SLOW_MS / pace.leaseMs);
  return Math.ceil(Math.min(RESERVE * slots * ratio, most));
}

/** Runs that can be told to end while a lease is fetched, and when the next one comes to be among them (monotonic ms). */
export interface EndingSoon {
  readonly runs: number;
  readonly nextAtMs?: number | undefined;
}

/**
 * Runs of like length that began together end together: the average turnover would leave all their slots empty for the time of a
 * lease. So those that are about to end are counted, where run times differ by less than a lease takes, or by a tenth.
 *
 * `beganMs`: when the open runs began (monotonic), the oldest first. Looks at no more of them than it counts, and one.
 */
export function endingSoon(beganMs: Iterable<number>, slots: number, pace: Pace, nowMs: number): EndingSoon {
  const { leaseMs, runMs, deviationMs = 0 } = pace;
  if (leaseMs === undefined || runMs === undefined || leasesAhead(slots, pace) >= slots) return { runs: 0 };
  if (deviationMs > Math.max(leaseMs, runMs / 10)) return { runs: 0 };
  const horizonMs = RESERVE * leaseMs + deviationMs;
  let runs = 0;
  for (const began of beganMs) {
    const endMs = began + runMs;
    if (endMs > nowMs + horizonMs) return { runs, nextAtMs: endMs - horizonMs };
    // One that should have ended long ago is not like the others: nothing is known of it.
    if (endMs > nowMs - horizonMs) runs++;
  }
  return { runs };
}
