import { tickMessage, type HintMessage } from '../queue/core/hint.ts';
import { type Clock, sleep } from '../queue/ports/clock.ts';

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly publish: (message: HintMessage) => Promise<void>;
  /** A tick that could not be published; the next one is on its way. */
  readonly onFailure: (problem: string) => void;
  readonly signal: AbortSignal;
}

/** Stands in for Cloud Scheduler: publishes a tick again and again until the signal aborts. Never throws. */
export async function schedule({ clock, intervalMs, publish, onFailure, signal }: SchedulerOptions): Promise<void> {
  while (!signal.aborted) {
    await publish(tickMessage).catch((error: unknown) => {
      if (!signal.aborted) onFailure(String(error));
    });
    await sleep(clock, intervalMs, signal);
  }
}
