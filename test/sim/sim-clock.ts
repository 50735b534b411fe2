import { Heap } from '../../queue/core/heap.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  task: (() => void) | undefined;
}

/** True time: a manual clock for hundreds of thousands of timers, one at a time, each followed by all it sets off. */
export class SimClock implements Clock {
  readonly #timers = new Heap<Timer>((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  /** Lets code run that waits for no timer. */
  readonly #turns = new ManualClock();
  #nowMs = Date.UTC(2026, 0, 1);
  #order = 0;

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), order: this.#order++, task };
    this.#timers.push(timer);
    return () => void (timer.task = undefined);
  }

  soon(task: () => void): void {
    this.#turns.soon(task);
  }

  /** Lets `ms` pass. `step` is called after each timer; it throws to end the simulation. */
  async advance(ms: number, step: () => void): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.#turns.settle();
    for (let next = this.#timers.peek(); next && next.dueMs <= endMs; next = this.#timers.peek()) {
      this.#timers.pop();
      if (!next.task) continue;
      this.#nowMs = next.dueMs;
      next.task();
      await this.#turns.settle();
      step();
    }
    this.#nowMs = endMs;
  }
}

/** How far the clock of a process may be from true time, in ms: two are within a second of each other. */
export const MOST_SKEW_MS = 500;

/** A process's own wall clock, `skew().ms` ahead of true time. */
export function skewedClock(clock: Clock, skew: () => number): Clock {
  return {
    now: () => clock.now() + skew(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, task) => clock.after(delayMs, task),
    soon: (task) => clock.soon(task),
  };
}
