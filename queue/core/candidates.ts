import { type Candidate, compareCandidates } from './candidate.ts';
import { Heap } from './heap.ts';
import type { Key } from './key.ts';

const compareDue = (a: Candidate, b: Candidate): number => a.dueMs - b.dueMs;

/** The worst that were kept when there were too many, due and not yet due; `undefined` where all were kept. */
export interface Room {
  readonly worstReady: Candidate | undefined;
  readonly latestDue: Candidate | undefined;
}

/** Whether a candidate may have been left out for want of room: then it says nothing that it is not known. */
export function mayBeLeftOut(candidate: Candidate, { worstReady, latestDue }: Room): boolean {
  if (worstReady && compareCandidates(candidate, worstReady) >= 0) return true;
  return latestDue !== undefined && compareDue(candidate, latestDue) >= 0;
}

/**
 * The waiting keys that a dispatcher knows of: those it may start now, in order, and those whose time is to come. Bounded: of a
 * queue that is deeper, the best are kept, and `incomplete` says that only a sweep can tell what else there is.
 */
export class Candidates {
  readonly #capacity: number;
  readonly #known = new Map<Key, Candidate>();
  readonly #ready = new Heap(compareCandidates);
  readonly #later = new Heap(compareDue);
  /** The worst that was kept when the heap was last cut: what is worse than that is not taken in until the heap has run low. */
  #worstReady: Candidate | undefined;
  #latestDue: Candidate | undefined;
  /** Foreign keys were forgotten: only a sweep can tell which of them still wait. */
  #doubted = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Keys known, due or not. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Some were left out for want of room, or forgotten, and of those of their kind that were kept, due or not, fewer than `count` are
   * left: only a sweep can tell what else there is.
   */
  isLow(count: number): boolean {
    const mark = Math.min(count, this.#capacity / 4);
    const readyLow = (this.#worstReady !== undefined || this.#doubted) && this.#ready.size < mark;
    return readyLow || (this.#latestDue !== undefined && this.#later.size < mark);
  }

  /** From where on candidates may have been left out for want of room. */
  get room(): Room {
    return { worstReady: this.#worstReady, latestDue: this.#latestDue };
  }

  knows(key: Key): boolean {
    return this.#known.has(key);
  }

  /** Forgets that something was left out: a full sweep begins. */
  expectAll(): void {
    this.#worstReady = undefined;
    this.#latestDue = undefined;
    this.#doubted = false;
  }

  /** Forgets the keys of other regions that are due: their own regions are working through them. O(n log n). */
  forgetForeign(): void {
    const left = this.#ready.size;
    this.#ready.trim(left, (candidate) => candidate.preferred && this.#isCurrent(candidate));
    if (this.#ready.size === left) return;
    this.#doubted = true;
    this.#dropUnheld();
  }

  /** Whether there is no room for this one, since it comes after the worst that was kept when there were too many. */
  leavesOut(candidate: Candidate, nowMs: number): boolean {
    if (candidate.dueMs > nowMs) return this.#latestDue !== undefined && compareDue(candidate, this.#latestDue) >= 0;
    return this.#worstReady !== undefined && compareCandidates(candidate, this.#worstReady) >= 0;
  }

  /**
   * Takes in what was seen of a key, in place of what was known. Of one that is left out, what was known stays: it is stale then,
   * which is harmless, since leasing is conditional.
   */
  offer(candidate: Candidate, nowMs: number): void {
    if (this.leavesOut(candidate, nowMs)) return;
    this.#known.delete(candidate.key);
    this.#known.set(candidate.key, candidate);
    if (candidate.dueMs <= nowMs) this.#ready.push(candidate);
    else this.#later.push(candidate);
    this.#bound();
  }

  /** Takes out the best key that is due. */
  take(nowMs: number): Candidate | undefined {
    const best = this.peek(nowMs);
    if (best) {
      this.#ready.pop();
      this.#known.delete(best.key);
    }
    return best;
  }

  /** The best key that is due. */
  peek(nowMs: number): Candidate | undefined {
    for (let next = this.#later.peek(); next && next.dueMs <= nowMs; next = this.#later.peek()) {
      this.#later.pop();
      if (this.#isCurrent(next)) this.#ready.push(next);
    }
    for (let best = this.#ready.peek(); best; best = this.#ready.peek()) {
      if (this.#isCurrent(best)) return best;
      this.#ready.pop();
    }
    return undefined;
  }

  /** When the next key becomes due, in unix ms. */
  nextDueMs(): number | undefined {
    for (let next = this.#later.peek(); next; next = this.#later.peek()) {
      if (this.#isCurrent(next)) return next.dueMs;
      this.#later.pop();
    }
    return undefined;
  }

  /** Takes out a key, whatever its turn. */
  withdraw(key: Key): Candidate | undefined {
    const candidate = this.#known.get(key);
    this.#known.delete(key);
    return candidate;
  }

  clear(): void {
    this.#known.clear();
    this.#ready.trim(0, () => false);
    this.#later.trim(0, () => false);
    this.expectAll();
  }

  #isCurrent(candidate: Candidate): boolean {
    return this.#known.get(candidate.key) === candidate;
  }

  /** Half of a full heap goes at once, so that the cost per key stays logarithmic; stale copies go first. */
  #bound(): void {
    const current = (candidate: Candidate) => this.#isCurrent(candidate);
    if (this.#ready.size > this.#capacity) {
      this.#worstReady = this.#ready.trim(this.#capacity / 2, current) ?? this.#worstReady;
      this.#dropUnheld();
    }
    if (this.#later.size > this.#capacity) {
      this.#latestDue = this.#later.trim(this.#capacity / 2, current) ?? this.#latestDue;
      this.#dropUnheld();
    }
  }

  /** Forgets the keys that a cut has left out of both heaps. */
  #dropUnheld(): void {
    const held = new Set<Candidate>([...this.#ready.items(), ...this.#later.items()]);
    for (const [key, candidate] of this.#known) if (!held.has(candidate)) this.#known.delete(key);
  }
}
