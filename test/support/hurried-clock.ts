import type { Clock } from '../../queue/ports/clock.ts';
import { systemClock } from '../../services/runtime/clock.ts';

/** Real time, so many times faster: for waits that go with real connections. */
export function hurriedClock(times: number): Clock {
  const startMs = systemClock.now();
  return {
    now: () => startMs + (systemClock.now() - startMs) * times,
    monotonic: () => systemClock.monotonic() * times,
    after: (delayMs, task) => systemClock.after(delayMs / times, task),
    soon: (task) => systemClock.soon(task),
  };
}
