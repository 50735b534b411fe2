import type { QueueContext } from './context.ts';
import type { Key } from './core/key.ts';
import type { Enqueued } from './enqueue.ts';
import { asError } from './errors.ts';
import { sleep } from './ports/clock.ts';
import { redrive } from './redrive.ts';

export interface RedriveWish {
  /** Dead letters, not yet redriven. May go on being listed while the first are redriven. */
  readonly letters: AsyncIterable<Key>;
  /** Starts a second, evenly spread; absent = as fast as the bucket takes them. */
  readonly ratePerSecond?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called for each key as it is queued; what it returns is waited for, its failure is its own concern. */
  readonly onRedriven?: (key: Key, enqueued: Enqueued) => Promise<void>;
}

export interface RedriveReport {
  readonly redriven: number;
  /** Letters that were gone when their turn came: completed, dropped, or redriven by someone else. */
  readonly gone: number;
  /** Why it ended before the letters did. Those that are left carry no mark: the same call takes up where this one ended. */
  readonly ended?: { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly error: Error };
}

/** Redrives under way at once: each is some requests long, and the rate is counted at their starts. */
const PARALLEL = 32;

/**
 * Redrives dead letters one after the other at a rate. Each letter is marked as it is queued, so that a redrive which was cut off can
 * be called again: it finds those that are left, and one that was queued but not yet marked is merged into itself.
 */
export async function redriveAll(context: QueueContext, wish: RedriveWish): Promise<RedriveReport> {
  const { clock } = context;
  const { ratePerSecond, onRedriven } = wish;
  const stop = new AbortController();
  const abort = () => stop.abort();
  if (wish.signal?.aborted) abort();
  wish.signal?.addEventListener('abort', abort, { once: true });
  const gapMs = ratePerSecond === undefined ? 0 : 1000 / ratePerSecond;
  let nextMs = clock.monotonic();
  let redriven = 0;
  let gone = 0;
  let failed: Error | undefined;
  const one = async (key: Key) => {
    try {
      const enqueued = await redrive(context, key);
      if (!enqueued) {
        gone++;
        return;
      }
      redriven++;
      await onRedriven?.(key, enqueued);
    } catch (thrown) {
      failed ??= asError(thrown);
      stop.abort();
    }
  };
  const underWay = new Set<Promise<void>>();
  try {
    for await (const key of wish.letters) {
      const waitMs = nextMs - clock.monotonic();
      // What was late is not made up for: a pause is not followed by a burst.
      nextMs = Math.max(nextMs, clock.monotonic()) + gapMs;
      if (waitMs > 0) await sleep(clock, waitMs, stop.signal);
      if (stop.signal.aborted) break;
      const task = one(key).finally(() => underWay.delete(task));
      underWay.add(task);
      if (underWay.size >= PARALLEL) await Promise.race(underWay);
    }
  } catch (thrown) {
    failed ??= asError(thrown);
  } finally {
    await Promise.all(underWay);
    wish.signal?.removeEventListener('abort', abort);
  }
  if (failed) return { redriven, gone, ended: { kind: 'failed', error: failed } };
  return stop.signal.aborted ? { redriven, gone, ended: { kind: 'stopped' } } : { redriven, gone };
}
