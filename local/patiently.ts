import { type Clock, sleep } from '../queue/ports/clock.ts';

const TRIES = 20;
const BETWEEN_MS = 250;

/** Does something that may fail while its other end is still coming up. Throws what the last try threw; gives up early on abort. */
export async function patiently(clock: Clock, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted) return;
      if (tries >= TRIES) throw error;
      await sleep(clock, BETWEEN_MS, signal);
    }
  }
}
