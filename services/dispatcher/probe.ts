import type { Candidate } from '../../queue/core/candidate.ts';
import type { Candidates } from '../../queue/core/candidates.ts';
import type { Key } from '../../queue/core/key.ts';
import { afterAnswer, type Health, HEALTHY, mayProbe } from '../../queue/core/outage.ts';

/** What is known of the reconciler, and which key is trying it while it is down. */
export class Probe {
  #health: Health = HEALTHY;
  /** The key that is trying now, and the last one that did. */
  #trying: Key | undefined;
  #last: Key | undefined;

  get down(): boolean {
    return this.#health.kind === 'down';
  }

  /** Monotonic ms at which the reconciler is to be tried; `undefined` while it is up. */
  get dueMs(): number | undefined {
    return this.#health.kind === 'down' ? this.#health.probeAtMs : undefined;
  }

  isTrying(key: Key): boolean {
    return this.#trying === key;
  }

  /** Takes the next key to try, if it is time to: another one than the last, if there is another. */
  next(waiting: Candidates, nowMs: number, monotonicMs: number): Candidate | undefined {
    if (!mayProbe(this.#health, this.#trying !== undefined, monotonicMs)) return undefined;
    const first = waiting.take(nowMs);
    const second = first?.key === this.#last ? waiting.take(nowMs) : undefined;
    if (first && second) waiting.offer(first, nowMs);
    const chosen = second ?? first;
    if (chosen) this.#trying = this.#last = chosen.key;
    return chosen;
  }

  /** Nothing more is being done with this key. */
  end(key: Key): void {
    if (this.#trying === key) this.#trying = undefined;
  }

  /** Learns from an answer. Says whether the reconciler went down or came up with it. */
  learn(key: Key, started: boolean, monotonicMs: number): 'down' | 'up' | undefined {
    const before = this.#health;
    this.#health = afterAnswer(before, key, started, monotonicMs);
    return before.kind === this.#health.kind ? undefined : this.#health.kind;
  }
}
