import type { QueueContext } from './context.ts';
import { lockName } from './core/layout.ts';
import {
  encodeLock,
  type HoldingDeadline,
  holdingDeadline,
  isHolding,
  isLapsed,
  LOCK_META,
  type LockTimes,
} from './core/lock.ts';
import type { Pin, StoredObject } from './ports/object-store.ts';
import { lockOf } from './recover.ts';

export type Acquired =
  | { readonly kind: 'held' }
  /** By another instance of this region, which has been asked for it if `wanted`. */
  | { readonly kind: 'taken'; readonly instance: string; readonly expiresMs: number; readonly wanted: boolean }
  /** No answer: try again. */
  | { readonly kind: 'unsure' };

/** `wanted`: another instance asks for a handover. `unsure`: not refreshed, still held. `lost`: to be believed in no longer. */
export type Refreshed = 'kept' | 'wanted' | 'lost' | 'unsure';

/**
 * The lock of the one active dispatcher of a region, `dispatchers/<region>`. Its generation names the holder on every lease, so
 * that the loss of a dispatcher is seen from one object, whatever the number of its leases.
 *
 * The holder trusts it until a deadline counted from the *sending* of the last refresh that was answered in time; nothing that
 * arrives after the deadline revives it. Others act on it only after `expires` plus a margin.
 */
export class RegionLock {
  readonly #context: QueueContext;
  readonly #name: string;
  readonly #instance: string;
  readonly #times: LockTimes;
  /** As last seen: changes when another instance asks for a sweep. */
  nudge: string | undefined;
  #pin: Required<Pin> | undefined;
  #deadline: HoldingDeadline = { wallMs: 0, monotonicMs: 0 };

  constructor(context: QueueContext, region: string, instance: string, times: LockTimes) {
    this.#context = context;
    this.#name = lockName(region);
    this.#instance = instance;
    this.#times = times;
  }

  /** The generation that leases are owned by; `undefined` while the lock is not held. */
  get generation(): string | undefined {
    return this.#pin?.generation;
  }

  /** Whether the lock may be trusted now, on both clocks. */
  get holds(): boolean {
    const { clock } = this.#context;
    return this.#pin !== undefined && isHolding(this.#deadline, clock.now(), clock.monotonic());
  }

  /** Milliseconds until the lock must no longer be trusted. */
  get remainingMs(): number {
    const { clock } = this.#context;
    return Math.min(this.#deadline.wallMs - clock.now(), this.#deadline.monotonicMs - clock.monotonic());
  }

  /** One try: creates the lock, or overwrites a lapsed one pinned to generation and metageneration. */
  async acquire(): Promise<Acquired> {
    const { store, clock } = this.#context;
    const created = await this.#write('absent');
    if (created.kind !== 'taken') return created;
    const seen = await store.get(this.#name);
    if (!seen) return { kind: 'unsure' };
    const lock = lockOf(seen);
    // One of ours lies there when the answer to its release, or to its creation, was lost: nothing is run under it any more.
    if (lock.instance === this.#instance || isLapsed(lock, clock.now(), this.#times)) {
      const overwritten = await this.#write(pinOf(seen));
      if (overwritten.kind !== 'taken') return overwritten;
      return { kind: 'unsure' };
    }
    return { kind: 'taken', instance: lock.instance, expiresMs: lock.expiresMs, wanted: lock.wanted !== undefined };
  }

  async #write(condition: Required<Pin> | 'absent'): Promise<Exclude<Acquired, { kind: 'taken' }> | { kind: 'taken' }> {
    const sent = this.#send();
    const { store } = this.#context;
    const written = await store.put(this.#name, encodeLock(sent.expiresMs, this.#instance), condition);
    if (written.kind === 'ok') return this.#hold(written.object, sent.deadline);
    if (written.kind === 'lost') return { kind: 'taken' };
    if (written.kind !== 'unknown') return { kind: 'unsure' };
    const found = await store.get(this.#name);
    const lock = found && lockOf(found);
    const ours = lock?.instance === this.#instance && lock.expiresMs === sent.expiresMs;
    return found && ours ? this.#hold(found, sent.deadline) : { kind: 'unsure' };
  }

  /**
   * Asks the holder for the lock, or only for a sweep. It sees this at its next refresh. A lost race means that it has just
   * refreshed: ask again after the next look.
   */
  async ask(what: 'handover' | 'sweep'): Promise<void> {
    const { store, random } = this.#context;
    const seen = await store.get(this.#name);
    if (!seen) return;
    const { wanted, nudge } = lockOf(seen);
    // Once is enough, whoever it was: overwriting each other, those who wait would keep the holder from refreshing.
    if (what === 'handover' && wanted === undefined) {
      await store.patch(this.#name, { [LOCK_META.wanted]: this.#instance }, pinOf(seen));
    }
    if (what === 'sweep' && !nudge?.startsWith(this.#instance)) {
      await store.patch(this.#name, { [LOCK_META.nudge]: `${this.#instance}/${random.id()}` }, pinOf(seen));
    }
  }

  /** Extends the lock; to be called one at a time. After `lost` it is no longer held. */
  async refresh(): Promise<Refreshed> {
    if (!this.#pin || !this.holds) return this.#drop();
    const sent = this.#send();
    const changes = { [LOCK_META.expires]: encodeLock(sent.expiresMs, this.#instance)[LOCK_META.expires] as string };
    const patched = await this.#context.store.patch(this.#name, changes, this.#pin);
    if (patched.kind === 'ok') return this.#extend(patched.object, sent.deadline);
    if (patched.kind === 'missing') return this.#drop();
    if (patched.kind === 'throttled') return this.holds ? 'unsure' : this.#drop();
    const seen = await this.#context.store.get(this.#name);
    if (!seen || seen.generation !== this.#pin.generation) return this.#drop();
    if (lockOf(seen).expiresMs === sent.expiresMs) return this.#extend(seen, sent.deadline);
    // Same generation, not our refresh: someone only added `wanted`. The next refresh is pinned to what it made of the lock.
    if (!this.holds) return this.#drop();
    this.#pin = pinOf(seen);
    this.nudge = lockOf(seen).nudge;
    return lockOf(seen).wanted === undefined ? 'unsure' : 'wanted';
  }

  /** Gives the lock up, so that the next trigger finds it free. */
  async release(): Promise<void> {
    const pin = this.#pin;
    if (!pin) return;
    this.#drop();
    // Whatever the answer: the lock is no longer believed in here, and lapses by itself.
    await this.#context.store.delete(this.#name, { generation: pin.generation });
  }

  #send(): { expiresMs: number; deadline: HoldingDeadline } {
    const nowMs = this.#context.clock.now();
    const deadline = holdingDeadline(nowMs, this.#context.clock.monotonic(), this.#times);
    return { expiresMs: nowMs + this.#times.lifeMs, deadline };
  }

  #hold(object: StoredObject, deadline: HoldingDeadline): { kind: 'held' } | { kind: 'unsure' } {
    this.#pin = pinOf(object);
    this.#deadline = deadline;
    // An answer that took longer than the lock may be trusted: it lapses by itself, and is then overwritten.
    if (this.holds) return { kind: 'held' };
    this.#drop();
    return { kind: 'unsure' };
  }

  #extend(object: StoredObject, deadline: HoldingDeadline): Refreshed {
    // An answer that comes after the deadline revives nothing.
    if (!this.holds) return this.#drop();
    this.#pin = pinOf(object);
    this.#deadline = deadline;
    this.nudge = lockOf(object).nudge;
    return lockOf(object).wanted === undefined ? 'kept' : 'wanted';
  }

  #drop(): 'lost' {
    this.#pin = undefined;
    return 'lost';
  }
}

function pinOf(object: StoredObject): Required<Pin> {
  return { generation: object.generation, metageneration: object.metageneration };
}
