import type { QueueContext } from '../../queue/context.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import type { Settlement } from '../../queue/core/settle.ts';
import { heartbeat } from '../../queue/heartbeat.ts';
import type { Settled } from '../../queue/settle-lease.ts';
import type { Lease } from '../../queue/start.ts';
import { describeSettled, type SettledEvent } from './describe-settled.ts';
import type { Span } from '../telemetry/tracing.ts';
import type { Answer, ReconcilerCaller } from '../rpc/reconciler-port.ts';
import type { DispatcherSettings } from './settings.ts';

/** Why a run was cancelled: `lost` settles nothing, `interrupted` gives the attempt back, `deadline` spends it. */
export type Interruption = 'lost' | 'interrupted' | 'deadline';

/**
 * The caller ends a call at its deadline, and knows whether it had begun. This is for a caller that does not: so much later.
 */
const BACKSTOP_MS = 1_000;

export type RunEnd =
  | { readonly kind: 'answered'; readonly outcome: Outcome; readonly started: boolean; readonly runMs: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost' };

/** How a key came to its run. */
export interface Wait {
  /** Unix ms since which it could have been started, if known. */
  readonly sinceMs: number | undefined;
  /** This is the first run after its dead letter was redriven. */
  readonly redriven: boolean;
}

/** One `Process` call under a lease, with its deadline and the heartbeats that keep the lease. */
export class Run {
  readonly lease: Lease;
  /** Monotonic ms. */
  readonly beganMs: number;
  readonly #context: QueueContext;
  readonly #settings: DispatcherSettings;
  readonly #reconciler: ReconcilerCaller;
  readonly #wait: Wait;
  readonly #span: Span;
  readonly #abort = new AbortController();
  /** The reconciler's, or `undefined` if the run was aborted before there was one. */
  readonly #answer = Promise.withResolvers<Answer | undefined>();
  #cancelHeartbeat: () => void = () => {};
  #runMs = 0;
  #told = false;

  constructor(
    context: QueueContext,
    settings: DispatcherSettings,
    reconciler: ReconcilerCaller,
    lease: Lease,
    wait: Wait,
    span: Span,
  ) {
    this.#context = context;
    this.#settings = settings;
    this.#reconciler = reconciler;
    this.lease = lease;
    this.beganMs = context.clock.monotonic();
    this.#wait = wait;
    this.#span = span;
    this.#beat();
  }

  /** Calls the reconciler. Resolves when it has answered, or at once when the run is aborted. */
  async call(): Promise<RunEnd> {
    const { clock, journal } = this.#context;
    const { key, entry } = this.lease;
    const { sinceMs, redriven } = this.#wait;
    const waitedMs = sinceMs === undefined ? undefined : Math.max(0, clock.now() - sinceMs);
    const { traceparent } = this.#span;
    const fields = { key, attempt: entry.attempts, priority: entry.priority, waitedMs, traceparent };
    journal.write('key.started', redriven ? { ...fields, redriven } : fields);
    const cancelDeadline = clock.after(this.#settings.deadlineMs + BACKSTOP_MS, () => this.abort('deadline'));
    try {
      const call = this.#reconciler.process({
        key,
        priority: entry.priority,
        attempt: entry.attempts,
        fence: entry.fence ?? 0,
        queue: this.#settings.queue,
        traceparent,
        signal: this.#abort.signal,
        deadlineMs: this.#settings.deadlineMs,
      });
      const { promise, resolve, reject } = this.#answer;
      call.then(resolve, reject);
      const answer = await promise;
      this.#runMs = clock.monotonic() - this.beganMs;
      // An answer that came together with the abort comes too late: the lease may already be another's.
      const cause = this.#abort.signal.reason as Interruption | undefined;
      if (cause === 'lost' || cause === 'interrupted') return { kind: cause };
      if (!answer || cause === 'deadline') {
        const error = `timeout: no answer within ${this.#settings.deadlineMs / 1000} s`;
        return { kind: 'answered', outcome: { kind: 'failed', error }, started: true, runMs: this.#runMs };
      }
      return { kind: 'answered', ...answer, runMs: this.#runMs };
    } finally {
      cancelDeadline();
    }
  }

  abort(cause: Interruption): void {
    this.#abort.abort(cause);
    this.#answer.resolve(undefined);
  }

  /** Ends the heartbeats. A run of which nothing was told has lost its lease before it could be settled. */
  close(): void {
    this.#cancelHeartbeat();
    if (!this.#told) this.#span.end({ event: 'key.lost', error: 'not settled: the lock was lost' });
  }

  /** Writes into the journal what became of the key, and gives it back. */
  tell(outcome: Outcome, settlement: Settlement, settled: Settled): SettledEvent {
    const told = describeSettled(this.lease, outcome, settlement, settled, this.#context.clock.now());
    const { traceparent } = this.#span;
    this.#context.journal.write(told.event, { ...told.fields, runMs: Math.round(this.#runMs), traceparent });
    this.#told = true;
    this.#span.end({ event: told.event, error: told.fields.error });
    return told;
  }

  /** The lease is another's: whatever the run said, nothing was settled. */
  tellLost(): void {
    const { key, entry } = this.lease;
    const { traceparent } = this.#span;
    this.#context.journal.write('key.lost', { key, attempt: entry.attempts, traceparent });
    this.#told = true;
    this.#span.end({ event: 'key.lost', error: 'the lease was lost' });
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#context.clock.after(this.#settings.heartbeatMs, () => {
      this.#beat();
      const { journal } = this.#context;
      heartbeat(this.#context, this.lease).then(
        (kept) => {
          if (kept === 'lost') this.abort('lost');
        },
        // The next one is due long before the lease ends, and the lock is what counts.
        (error: unknown) =>
          journal.write('store.failed', { operation: 'heartbeat', key: this.lease.key, error: String(error) }),
      );
    });
  }
}
