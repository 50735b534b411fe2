import type { EventName } from '../../../catalogue/events.ts';
import type { QueueContext } from '../../../queue/context.ts';
import type { Clock } from '../../../queue/ports/clock.ts';
import type { ObjectStore, Pin } from '../../../queue/ports/object-store.ts';
import { QueueError } from '../../../queue/errors.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import type { Operation, ProcessOperation, StoreOperation } from './operation.ts';

/** What a process is handed next: an answer to one of its requests, the failure of one, or the time that has passed. */
export type Delivery =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown; readonly nowMs: number }
  | { readonly kind: 'failure'; readonly id: number; readonly nowMs: number }
  | { readonly kind: 'time'; readonly nowMs: number };

/** What a process tells the explorer. It is not part of the protocol, and no process sees it. */
export type Told =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'found'; readonly found: boolean }
  | { readonly kind: 'began'; readonly call: ProcessOperation; readonly trusted: boolean }
  | { readonly kind: 'journal'; readonly event: EventName; readonly key: unknown };

export interface Env {
  readonly context: QueueContext;
  /** Calls the reconciler. Aborted, the call is gone: nobody waits for its answer. */
  process(call: ProcessOperation, signal: AbortSignal): Promise<unknown>;
  tell(told: Told): void;
  /** Says until when (wall clock, ms) this process trusts its region lock; asked whenever it has come to rest. */
  trust(untilMs: () => number): void;
}

/** The code of a process, from its start to its end. */
export type Program = (env: Env) => Promise<void>;

/** What is put between a process and the store, to break the protocol on purpose. */
export type Seam = (
  operation: StoreOperation,
  send: (operation: StoreOperation) => Promise<unknown>,
) => Promise<unknown>;

/** Waits of an operation between two tries are over at once: when the next try is made is up to the schedule anyway. */
const SHORT_MS = 6_000;
/** Added to the time that all share, so that no two leases of a key have the same fence. */
const ROUND_MS = 10;

/**
 * One process running real code. It stands still whenever all that it waits for are parked requests and timers; each
 * {@link deliver} lets it go on to the next such moment.
 */
export class Execution {
  readonly parked = new Map<number, Operation>();
  told: Told[] = [];
  ended = false;
  readonly #settle = new ManualClock();
  readonly #answers = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  readonly #timers = new Set<{ dueMs: number; task: () => void }>();
  #nowMs: number;
  #offsetMs: number;
  #ids = 0;
  #trust: () => number = () => 0;

  private constructor(nowMs: number, offsetMs: number) {
    this.#nowMs = nowMs;
    this.#offsetMs = offsetMs;
  }

  /** Starts a program. `round` and `rank` tell its clock from those of other processes and other rounds of the same one. */
  static async start(
    program: Program,
    nowMs: number,
    { round, rank, seam }: { round: number; rank: number; seam?: Seam | undefined },
  ): Promise<Execution> {
    const execution = new Execution(nowMs, round * ROUND_MS + rank);
    const end = () => void (execution.ended = true);
    program(execution.#env(seam ?? ((operation, send) => send(operation)))).then(end, (error: unknown) => {
      if (!(error instanceof QueueError)) throw error;
      end();
    });
    await execution.#settle.settle();
    return execution;
  }

  async deliver(delivery: Delivery): Promise<void> {
    this.told = [];
    this.#nowMs = delivery.nowMs;
    if (delivery.kind === 'time') {
      for (const timer of [...this.#timers]
        .filter(({ dueMs }) => dueMs <= this.#now())
        .sort((a, b) => a.dueMs - b.dueMs)) {
        if (this.#timers.delete(timer)) timer.task();
      }
    } else {
      const waiting = this.#answers.get(delivery.id);
      this.#answers.delete(delivery.id);
      this.parked.delete(delivery.id);
      if (delivery.kind === 'answer') waiting?.resolve(delivery.answer);
      else waiting?.reject(new QueueError('unavailable', 'the bucket does not answer'));
    }
    await this.#settle.settle();
  }

  /** When the next timer is due, by the time that all processes share. */
  get nextTimerMs(): number {
    return Math.min(...[...this.#timers].map(({ dueMs }) => dueMs)) - this.#offsetMs;
  }

  get trustedUntilMs(): number {
    return this.#trust() - this.#offsetMs;
  }

  #now(): number {
    return this.#nowMs + this.#offsetMs;
  }

  #park(operation: Operation): { id: number; answer: Promise<unknown> } {
    const id = this.#ids++;
    this.parked.set(id, operation);
    return { id, answer: new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject })) };
  }

  #env(seam: Seam): Env {
    const journal = {
      write: (event: EventName, fields: Readonly<Record<string, unknown>> = {}) =>
        this.told.push({ kind: 'journal', event, key: fields['key'] }),
    };
    const random = { unit: () => 0, id: () => 'x' };
    return {
      context: { store: this.#store(seam), clock: this.#clock(), random, journal },
      process: (call, signal) => {
        const { id, answer } = this.#park(call);
        signal.addEventListener('abort', () => this.parked.delete(id), { once: true });
        return answer;
      },
      tell: (told) => void this.told.push(told),
      trust: (untilMs) => void (this.#trust = untilMs),
    };
  }

  #clock(): Clock {
    return {
      now: () => this.#now(),
      monotonic: () => this.#now(),
      after: (delayMs, task) => {
        const timer = { dueMs: this.#now() + delayMs, task };
        this.#timers.add(timer);
        if (delayMs < SHORT_MS) queueMicrotask(() => this.#timers.delete(timer) && task());
        return () => this.#timers.delete(timer);
      },
      soon: (task) => queueMicrotask(task),
    };
  }

  #store(seam: Seam): ObjectStore {
    const send = (operation: StoreOperation) => seam(operation, (sent) => this.#park(sent).answer) as Promise<never>;
    return {
      // The pause is nobody's subject here.
      get: (name) => (name === 'control/pause' ? Promise.resolve(undefined) : send({ op: 'get', name })),
      list: (query) => send({ op: 'list', query }),
      put: (name, metadata, condition) => send({ op: 'put', name, metadata, condition }),
      copy: (request) => send({ op: 'copy', ...request }),
      patch: (name, changes, pin: Pin) => send({ op: 'patch', name, changes, pin }),
      delete: (name, pin) => send({ op: 'delete', name, pin }),
    };
  }
}
