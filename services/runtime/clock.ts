import { randomUUID } from 'node:crypto';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';

/** Longest delay a Node timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    if (delayMs > MAX_TIMER_MS) return inSteps(delayMs, task);
    const timer = setTimeout(task, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
  soon: (task) => void setImmediate(task),
};

/** Runs `task` after longer than a timer can take. */
function inSteps(delayMs: number, task: () => void): () => void {
  let cancel = systemClock.after(MAX_TIMER_MS, () => {
    cancel = systemClock.after(delayMs - MAX_TIMER_MS, task);
  });
  return () => cancel();
}

export const systemRandom: Random = {
  unit: () => Math.random(),
  id: () => randomUUID(),
};
