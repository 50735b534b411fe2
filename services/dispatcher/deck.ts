import { asCandidate, type Candidate } from '../../queue/core/candidate.ts';
import { Candidates, mayBeLeftOut } from '../../queue/core/candidates.ts';
import type { Key } from '../../queue/core/key.ts';
import type { QueueContext } from '../../queue/context.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';
import { readEntry } from '../../queue/read-entry.ts';

/** A key due so soon is waited for with the lock held; for later ones the next trigger is good enough. */
const SOON_MS = 10_000;

/** In which a hint comes. */
const HINTED_MS = 10_000;

/** What this process is doing with a key. */
export type Task = 'leasing' | 'ready' | 'running' | 'settling' | 'recovering';

/**
 * The keys a dispatcher has to do with: those that wait, and those it is busy with. A key is in one place only: a twin that is
 * seen while its key is busy is put aside until the task has ended.
 */
export class Deck {
  readonly waiting: Candidates;
  readonly #tasks = new Map<Key, Task>();
  readonly #twins = new Map<Key, Candidate>();

  constructor(capacity: number) {
    this.waiting = new Candidates(capacity);
  }

  get busy(): number {
    return this.#tasks.size;
  }

  isBusy(key: Key): boolean {
    return this.#tasks.has(key);
  }

  /** A key that could have been started for `HINTED_MS` and that nobody has told of: its hint was lost, or never sent. */
  isStranger(candidate: Candidate, nowMs: number): boolean {
    const { key, preferred, dueMs, eligibleMs } = candidate;
    if (!preferred || Math.max(dueMs, eligibleMs) > nowMs - HINTED_MS) return false;
    return !mayBeLeftOut(candidate, this.waiting.room) && !this.#tasks.has(key) && !this.waiting.knows(key);
  }

  /** Whether a key may be started now, or so soon that it is waited for. */
  hasDue(nowMs: number): boolean {
    if (this.waiting.peek(nowMs)) return true;
    const nextMs = this.waiting.nextDueMs();
    return nextMs !== undefined && nextMs <= nowMs + SOON_MS;
  }

  /** Takes in what was seen of a waiting key, if there is room. */
  offer(candidate: Candidate, nowMs: number): void {
    // Asked first: of a deep queue most are left out, and no more than this is spent on them.
    if (this.waiting.leavesOut(candidate, nowMs)) return;
    if (this.#tasks.has(candidate.key)) this.#twins.set(candidate.key, candidate);
    else this.waiting.offer(candidate, nowMs);
  }

  /** Takes in an entry that this process has put into the queue itself: nobody has to say so, and no region is waited for. */
  offerReturned(context: Pick<QueueContext, 'clock' | 'journal'>, key: Key, object: StoredObject): void {
    this.offer(asCandidate({ key, object, entry: readEntry(context, object), preferred: true }), context.clock.now());
  }

  begin(key: Key, task: Task): void {
    // Of a key that was busy already nothing waits: its twin was put aside when it was seen.
    const twin = this.#tasks.has(key) ? undefined : this.waiting.withdraw(key);
    if (twin) this.#twins.set(key, twin);
    this.#tasks.set(key, task);
  }

  /** The task has ended: a twin put aside waits with the others again. */
  end(key: Key, nowMs: number): void {
    this.#tasks.delete(key);
    const twin = this.#twins.get(key);
    this.#twins.delete(key);
    if (twin) this.waiting.offer(twin, nowMs);
  }
}
