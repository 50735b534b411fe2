import type { EventName } from '../../catalogue/events.ts';
import type { QueueContext } from '../../queue/context.ts';
import { decodeEntry } from '../../queue/core/entry.ts';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import { FULL_SWEEP_MS, hintMessage } from '../../queue/core/hint.ts';
import type { Key } from '../../queue/core/key.ts';
import { preferredRegion } from '../../queue/core/preference.ts';
import type { Enqueued } from '../../queue/enqueue.ts';
import { keyState, type KeyState } from '../../queue/key-state.ts';
import { SharedEnqueue } from '../../queue/shared-enqueue.ts';
import { sleep } from '../../queue/ports/clock.ts';
import type { HintPublisher } from '../hints/hint-publisher.ts';
import { noTracing, type Tracing } from '../telemetry/tracing.ts';

export interface ReceiverOptions {
  readonly context: QueueContext;
  readonly hints: HintPublisher;
  /** All regions, as every dispatcher of the queue has them. */
  readonly regions: readonly string[];
  readonly tracing?: Tracing;
  /** Told how each call ended. `slow` is too late for what clients are promised, but in time for the key. */
  readonly counted?: ((result: 'ok' | 'slow' | 'error') => void) | undefined;
}

/** How long a caller waits for the hint. The key is durable before that; after the answer a process may get no CPU to publish. */
export const HINT_PATIENCE_MS = 1_000;

/** A key that is delayed for longer is met by a full sweep in good time. */
export const HINT_HORIZON_SECONDS = FULL_SWEEP_MS / 1000 + 120;
/** Answering later counts against the objective for enqueues. */
const SLOW_MS = 1_000;

const EVENT = {
  queued: 'key.queued',
  merged: 'key.merged',
  deduplicated: 'key.deduplicated',
} as const satisfies Record<Enqueued['kind'], EventName>;

/**
 * Takes keys into the queue: the bucket first, then the hint. A hint that gets lost delays a key by at most a minute, so nothing
 * about it is the caller's concern.
 */
export class Receiver {
  readonly #context: QueueContext;
  readonly #hints: HintPublisher;
  readonly #regions: readonly string[];
  readonly #shared: SharedEnqueue;
  readonly #tracing: Tracing;
  readonly #counted: (result: 'ok' | 'slow' | 'error') => void;

  constructor({ context, hints, regions, tracing = noTracing, counted = () => {} }: ReceiverOptions) {
    this.#context = context;
    this.#hints = hints;
    this.#regions = regions;
    this.#shared = new SharedEnqueue(context);
    this.#tracing = tracing;
    this.#counted = counted;
  }

  /** Resolves when the key is in the bucket and its hint is out, has failed, or has taken a second. Throws `QueueError`. */
  async enqueue(wish: Enqueue, traceparent?: string): Promise<Enqueued['kind']> {
    return (await this.enqueueSeen(wish, traceparent)).kind;
  }

  /** As {@link enqueue}; resolves to the entry as the write left it. */
  async enqueueSeen(wish: Enqueue, traceparent?: string): Promise<Enqueued> {
    const { clock, journal } = this.#context;
    const beganMs = clock.monotonic();
    const span = this.#tracing.enqueue({ key: wish.key, traceparent });
    try {
      const enqueued = await this.#shared.enqueue(wish, { traceparent: span.traceparent });
      const event = EVENT[enqueued.kind];
      journal.write(event, { key: wish.key, priority: wish.priority, traceparent: span.traceparent });
      await this.announce(wish.key, enqueued);
      span.end({ event });
      this.#counted(clock.monotonic() - beganMs > SLOW_MS ? 'slow' : 'ok');
      return enqueued;
    } catch (error) {
      span.end({ event: 'store.failed', error: String(error) });
      this.#counted('error');
      throw error;
    }
  }

  /** Where a key is, or `undefined` where it is nowhere. Throws `QueueError`. */
  state(key: Key): Promise<KeyState | undefined> {
    return keyState(this.#context, key);
  }

  /** Publishes the hint of an entry that was written, if it needs one. Resolves when it is out, has failed, or has taken a second. */
  async announce(key: Key, enqueued: Enqueued): Promise<void> {
    const { clock, journal } = this.#context;
    if (!needsHint(enqueued, clock.now())) return;
    const { object } = enqueued;
    const { generation, metageneration, metadata } = object;
    const message = hintMessage({ key, generation, metageneration, metadata }, preferredRegion(key, this.#regions));
    const published = new AbortController();
    const publish = async () => {
      try {
        await this.#hints.publish(message);
      } catch (error) {
        journal.write('hint.failed', { key, error });
      }
      published.abort();
    };
    await Promise.race([publish(), sleep(clock, HINT_PATIENCE_MS, published.signal)]);
  }
}

/** The entry itself says when it is due: a call may have shared its write with others. */
function needsHint({ kind, object }: Enqueued, nowMs: number): boolean {
  if (kind === 'deduplicated') return false;
  const { notBeforeMs } = decodeEntry(object.metadata).entry;
  return notBeforeMs === undefined || notBeforeMs <= nowMs + HINT_HORIZON_SECONDS * 1000;
}
