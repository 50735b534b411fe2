import type { Clock } from '../../queue/ports/clock.ts';

/** Turns of the event loop that outside work gets before time goes on without it. */
const MOST_TURNS = 50;

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly task: () => void;
}

/** Time that passes only when told to, so that a test of hours takes milliseconds and always comes out the same. */
export class ManualClock implements Clock {
  #nowMs: number;
  /** The wall clock can be stepped; the monotonic one cannot. */
  #stepMs = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  readonly #busy: () => boolean;

  /**
   * Starts at a wall clock time in unix ms. While `busy`, code under test waits for something outside this clock, such as a
   * file: it gets some turns of the event loop before time goes on.
   */
  constructor(startMs = Date.UTC(2026, 0, 1), busy: () => boolean = () => false) {
    this.#nowMs = startMs;
    this.#busy = busy;
  }

  now(): number {
    return this.#nowMs + this.#stepMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)), order: this.#order++, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(task: () => void): void {
    queueMicrotask(task);
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock forward or back, as an administrator or a time daemon would. */
  step(ms: number): void {
    this.#stepMs += ms;
  }

  /** Lets `ms` pass: runs what becomes due in order, each followed by everything it sets off without waiting. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (let next = this.#next(); next && next.dueMs <= endMs; next = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.task();
      await this.settle();
    }
    this.#nowMs = endMs;
  }

  /** Lets a process sleep: time passes, and nothing of it runs until the next `advance`. */
  skip(ms: number): void {
    this.#nowMs += ms;
  }

  /** Lets everything run that waits for no timer. */
  async settle(): Promise<void> {
    let turns = 0;
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#busy() && ++turns < MOST_TURNS);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
