import type { Candidate } from '../../queue/core/candidate.ts';
import type { Candidates } from '../../queue/core/candidates.ts';
import type { Key } from '../../queue/core/key.ts';
import { afterAnswer, type Health, HEALTHY, mayProbe } from '../../queue/core/outage.ts';

/** A try that has not been answered for so long may well be running: it does not hold up the next one. */
const PATIENCE_MS = 30_000;

/** What is known of the reconciler, and which keys are trying it while it is down. All times are monotonic ms. */
export class Probe {
  #health: Health = HEALTHY;
  readonly #trying = new Set<Key>();
  #sinceMs = 0;
  /** Keys that have tried in this outage: the others come first, so that a few poison keys cannot take turns for ever. */
  readonly #tried = new Set<Key>();

  get down(): boolean {
    return this.#health.kind === 'down';
  }

  /** When the reconciler is to be tried; `undefined` while it is up. */
  get dueMs(): number | undefined {
    if (this.#health.kind === 'up') return undefined;
    return Math.max(this.#health.probeAtMs, this.#trying.size > 0 ? this.#sinceMs + PATIENCE_MS : 0);
  }

  isTrying(key: Key): boolean {
    return this.#trying.has(key);
  }

  /** Takes the next key to try, if it is time to: one that has not tried yet, if there is one. */
  next(waiting: Candidates, nowMs: number, monotonicMs: number): Candidate | undefined {
    const busy = this.#trying.size > 0 && monotonicMs < this.#sinceMs + PATIENCE_MS;
    if (!mayProbe(this.#health, busy, monotonicMs)) return undefined;
    const passed: Candidate[] = [];
    let chosen = waiting.take(nowMs);
    for (; chosen && this.#tried.has(chosen.key); chosen = waiting.take(nowMs)) passed.push(chosen);
    if (!chosen) {
      this.#tried.clear();
      chosen = passed.shift();
    }
    for (const each of passed) waiting.offer(each, nowMs);
    if (!chosen) return undefined;
    this.#trying.add(chosen.key);
    this.#tried.add(chosen.key);
    this.#sinceMs = monotonicMs;
    return chosen;
  }

  /** Nothing more is being done with this key. */
  end(key: Key): void {
    this.#trying.delete(key);
  }

  /** Learns from an answer. Says whether the reconciler went down or came up with it. */
  learn(key: Key, started: boolean, monotonicMs: number): 'down' | 'up' | undefined {
    const before = this.#health;
    this.#health = afterAnswer(before, key, started, monotonicMs);
    if (this.#health.kind === 'up') this.#tried.clear();
    return before.kind === this.#health.kind ? undefined : this.#health.kind;
  }
}
