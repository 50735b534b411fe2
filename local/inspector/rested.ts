import type { Clock } from '../../queue/ports/clock.ts';

/** Several open pages share one answer. */
const LIVES_MS = 1_000;
/** An answer about a deep queue takes long; the next is so many times as long after it, so that looking stays a small part of the work. */
const REST = 4;

export interface Answered<T> {
  /** The last one that succeeded. */
  readonly value?: T | undefined;
  /** Why there is no newer one. */
  readonly problem?: string | undefined;
}

interface Kept<T> {
  value?: T | undefined;
  problem?: string | undefined;
  /** Monotonic ms. */
  goodUntilMs: number;
  asking?: Promise<void> | undefined;
}

/** What is asked about is what a person typed or opened: few are asked about at once. */
const KEPT = 20;

/** Asks the bucket, not more often than is good for it. While it cannot be read: the last answer, and why. */
export class Rested<T> {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async of(about: string, ask: () => Promise<T>): Promise<Answered<T>> {
    let kept = this.#kept.get(about);
    if (kept === undefined) {
      kept = { goodUntilMs: Number.NEGATIVE_INFINITY };
      this.#kept.set(about, kept);
      if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    }
    if (this.#clock.monotonic() >= kept.goodUntilMs) await (kept.asking ??= this.#ask(kept, ask));
    const { value, problem } = kept;
    return { value, problem };
  }

  /** Something was changed: the next answer is a new one. */
  forget(): void {
    for (const kept of this.#kept.values()) kept.goodUntilMs = Number.NEGATIVE_INFINITY;
  }

  async #ask(kept: Kept<T>, ask: () => Promise<T>): Promise<void> {
    const beganMs = this.#clock.monotonic();
    try {
      kept.value = await ask();
      kept.problem = undefined;
    } catch (error) {
      kept.problem = error instanceof Error ? error.message : String(error);
    }
    const endedMs = this.#clock.monotonic();
    kept.goodUntilMs = endedMs + Math.max(LIVES_MS, REST * (endedMs - beganMs));
    kept.asking = undefined;
  }
}
