import type { Outcome } from '../../queue/core/outcome.ts';
import { silentLog } from '../reconciler/log.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import { runHandler } from '../reconciler/run.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

export interface FakeContext {
  readonly priority?: number;
  readonly attempt?: number;
  readonly fence?: number;
  readonly queue?: string;
  readonly traceparent?: string;
  /** Abort it to see what the handler does when its lease is lost. */
  readonly signal?: AbortSignal;
}

/** Runs a handler once for a key, without any queue, and gives what the queue would be told. A thrown error is `failed`. */
export function runOnce(reconciler: Reconciler, key: string, context: FakeContext = {}): Promise<Outcome> {
  const {
    priority = 0,
    attempt = 1,
    fence = 1,
    queue = 'test',
    traceparent,
    signal = new AbortController().signal,
  } = context;
  const clock = new ManualClock();
  const ports = { clock, random: seededRandom(1), log: silentLog, stop: new AbortController().signal };
  return runHandler(reconciler, { key, priority, attempt, fence, queue, traceparent, signal }, ports);
}
