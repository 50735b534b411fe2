import { CensusTaker } from './census.ts';
import { eligibleSinceMs } from './core/census.ts';
import type { Entry } from './core/entry.ts';
import type { Key } from './core/key.ts';
import { DEFAULT_LOCK, isLapsed } from './core/lock.ts';
import type { Around, Sight } from './core/why.ts';
import type { Look } from './look.ts';
import type { Clock } from './ports/clock.ts';
import type { ObjectStore } from './ports/object-store.ts';

/** What is known of a key, as the sentence about it wants it. */
export function sightOf(
  { queued, leased, letter, pause, lock }: Look,
  nowMs: number,
  around: Around | undefined,
): Sight {
  return { nowMs, queued: queued?.entry, leased: leased?.entry, letter: letter?.entry, pause, lock, around };
}

/** Whether the queue around the key decides when it starts: nothing of its own holds it back. */
export function isHeldUpByOthers({ queued, leased, pause }: Look, nowMs: number): boolean {
  return queued !== undefined && !leased && !pause && (queued.entry.notBeforeMs ?? 0) <= nowMs;
}

/** What is before an eligible key, from one census. `limit`: keys that may run at once. Throws `QueueError` `unavailable`. */
export async function surroundings(
  ports: { readonly store: ObjectStore; readonly clock: Clock },
  key: Key,
  entry: Entry,
  limit: number | undefined,
): Promise<Around> {
  let ahead = 0;
  const mine = eligibleSinceMs(entry) ?? 0;
  const census = await new CensusTaker(ports).take(({ standing, key: other, entry: theirs }) => {
    if (standing !== 'eligible' || other === key) return;
    const older = theirs.priority === entry.priority && (eligibleSinceMs(theirs) ?? 0) < mine;
    if (theirs.priority > entry.priority || older) ahead++;
  });
  const nowMs = ports.clock.now();
  const working = census.holders.filter((holder) => !isLapsed(holder, nowMs, DEFAULT_LOCK)).length;
  return { ahead, running: census.counts.running, limit, working };
}
