import { silentJournal } from '../catalogue/events.ts';
import { tickMessage } from '../queue/core/hint.ts';
import { Bucket } from '../queue/stores/bucket.ts';
import { memoryStore } from '../queue/stores/memory.ts';
import { observedStore } from '../queue/stores/observed.ts';
import { Dispatcher } from '../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../services/dispatcher/settings.ts';
import { parseTrigger } from '../services/dispatcher/trigger.ts';
import type { Answer } from '../services/rpc/reconciler-port.ts';
import { ManualClock } from '../services/testing/manual-clock.ts';
import { seededRandom } from '../services/testing/seeded-random.ts';
import { seededKey, seededMetadata } from './seed.ts';

const MINUTE_MS = 60_000;

export interface LongDrain {
  readonly hours: number;
  /** Part of the slots' time that was used, from the first start until no key is left to start. */
  readonly busy: number;
  readonly worstMinute: number;
  readonly listingsPerStart: number;
}

/**
 * A deep queue worked off to its end in virtual time, with a tick a minute: all of its sweeps, refreshes and refills, for hours.
 * CPU takes no time here: what a busy machine adds is seen in the window in real time beside it.
 */
export async function longDrain(
  { keys, runMs, concurrency, latencyMs }: { keys: number; runMs: number; concurrency: number; latencyMs: number },
  progress: (text: string) => void,
): Promise<LongDrain> {
  const clock = new ManualClock();
  const random = seededRandom(11);
  const bucket = new Bucket({ clock });
  for (let i = 0; i < keys; i++) {
    bucket.insert(`queued/${seededKey(i)}`, { metadata: seededMetadata(i, false, clock.now()) });
  }
  let listings = 0;
  const store = observedStore(memoryStore({ bucket, clock, latencyMs }), clock, ({ operation }) => {
    if (operation === 'list') listings++;
  });
  const slots = slotsOf(clock, runMs);
  const region = 'long';
  const dispatcher = new Dispatcher({
    context: { store, clock, random, journal: silentJournal },
    settings: { ...DEFAULT_SETTINGS, queue: 'long', region, regions: [region], concurrency },
    reconciler: { process: () => slots.run(), close() {} },
    publish: async () => {},
  });
  const tick = parseTrigger(tickMessage);
  const windows: number[] = [];
  const trigger = () => {
    if (tick.ok) void dispatcher.trigger(tick.value).catch(() => undefined);
  };
  trigger();
  await clock.advance(1_000);
  const beganMs = clock.monotonic();
  for (let usedMs = slots.usedMs(); slots.started() < keys; trigger()) {
    await clock.advance(MINUTE_MS);
    // The last minute, in which the keys run out, is not a whole one.
    if (slots.started() < keys) windows.push((slots.usedMs() - usedMs) / MINUTE_MS / concurrency);
    usedMs = slots.usedMs();
    if (windows.length % 30 === 0)
      progress(`hour ${(windows.length / 60).toFixed(1)}, ${slots.started()} keys started`);
  }
  const hours = (clock.monotonic() - beganMs) / (60 * MINUTE_MS);
  const stopped = dispatcher.stop(0);
  await clock.advance(2 * runMs);
  await stopped;
  const busy = windows.reduce((sum, each) => sum + each, 0) / windows.length;
  return { hours, busy, worstMinute: Math.min(...windows), listingsPerStart: listings / keys };
}

/** Runs that take their time and do nothing, and how much of the slots' time they have used. */
function slotsOf(clock: ManualClock, runMs: number) {
  const open = new Set<{ readonly beganMs: number }>();
  let started = 0;
  let endedMs = 0;
  return {
    started: () => started,
    usedMs() {
      let usedMs = endedMs;
      for (const { beganMs } of open) usedMs += clock.monotonic() - beganMs;
      return usedMs;
    },
    run(): Promise<Answer> {
      started++;
      const slot = { beganMs: clock.monotonic() };
      open.add(slot);
      return new Promise((resolve) => {
        clock.after(runMs, () => {
          open.delete(slot);
          endedMs += runMs;
          resolve({ started: true, outcome: { kind: 'done' } });
        });
      });
    },
  };
}
