/** Answers of a reconciler that was never reached, on so many different keys with none reached in between, are an outage. */
const OUTAGE_KEYS = 5;
const FIRST_PROBE_MS = 1_000;
const LONGEST_PROBE_MS = 30_000;

/**
 * What is known of the reconciler. While it is `down`, keys are leased one at a time and ever more seldom, each time another one,
 * so that neither an outage fills the dead letters nor one poison key stops the queue.
 */
export type Health =
  | { readonly kind: 'up'; readonly unreached: readonly string[] }
  | { readonly kind: 'down'; readonly probeAtMs: number; readonly waitMs: number };

export const HEALTHY: Health = { kind: 'up', unreached: [] };

/** After a call was answered. `started`: the reconciler was reached. Times are monotonic ms. */
export function afterAnswer(health: Health, key: string, started: boolean, nowMs: number): Health {
  if (started) return HEALTHY;
  if (health.kind === 'down') {
    // Of a call that was under way when the state changed: no probe.
    if (nowMs < health.probeAtMs) return health;
    const waitMs = Math.min(health.waitMs * 2, LONGEST_PROBE_MS);
    return { kind: 'down', probeAtMs: nowMs + waitMs, waitMs };
  }
  const unreached = health.unreached.includes(key) ? health.unreached : [...health.unreached, key];
  if (unreached.length < OUTAGE_KEYS) return { kind: 'up', unreached };
  return { kind: 'down', probeAtMs: nowMs + FIRST_PROBE_MS, waitMs: FIRST_PROBE_MS };
}

/** Whether a key may be leased to see if the reconciler is back. `probing`: one already is. */
export function mayProbe(health: Health, probing: boolean, nowMs: number): boolean {
  return health.kind === 'down' && !probing && nowMs >= health.probeAtMs;
}
