import type { Outcome } from '../../queue/core/outcome.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import { type Log, withFields } from './log.ts';
import type { HandlerContext, Reconciler } from './reconciler.ts';
import { type Ending, verdict } from './verdict.ts';

/** One run of a key, however it came in. */
export interface Run {
  readonly key: string;
  readonly priority: number;
  readonly attempt: number;
  readonly fence: number;
  readonly queue: string;
  readonly traceparent?: string | undefined;
  /** Aborts when whoever asked no longer waits for an answer. */
  readonly signal: AbortSignal;
}

export interface RunPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborts when this instance is told to stop. */
  readonly stop: AbortSignal;
  /** Takes in how a run ended, and after how many ms. */
  readonly measured?: ((outcome: Outcome['kind'], tookMs: number) => void) | undefined;
}

/** How long a handler that was asked to stop may take before it is answered for. */
export const PATIENCE_MS = 3_000;

/** When an interrupted key is to be called again: spread, so that a deploy does not bring all keys back at once. */
const CALLED_BACK_MS = { least: 15_000, most: 45_000 } as const;

/**
 * Runs a handler and says what became of the key. Never rejects.
 *
 * A handler that ignores its signal goes on running after it was answered for, as nothing can stop it; its result is dropped.
 */
export async function runHandler(reconciler: Reconciler, run: Run, ports: RunPorts): Promise<Outcome> {
  const { clock, random, stop } = ports;
  const interrupted = (): Outcome => ({ kind: 'interrupted', delayMs: calledBackMs(random.unit()) });
  if (stop.aborted || run.signal.aborted) return interrupted();

  const log = withFields(ports.log, { key: run.key, attempt: run.attempt, traceparent: run.traceparent });
  const beganMs = clock.monotonic();
  const measured = (outcome: Outcome): Outcome => {
    ports.measured?.(outcome.kind, clock.monotonic() - beganMs);
    return outcome;
  };
  const abort = new AbortController();
  let cancelTimer = () => {};
  let answerFor = () => {};
  const answeredFor = new Promise<'ignored'>((resolve) => {
    answerFor = () => resolve('ignored');
  });
  const onStop = () => {
    abort.abort(stop.reason);
    cancelTimer = clock.after(PATIENCE_MS, answerFor);
  };
  const onCancel = () => abort.abort(run.signal.reason);
  stop.addEventListener('abort', onStop, { once: true });
  run.signal.addEventListener('abort', onCancel, { once: true });

  const ending = await Promise.race([call(reconciler, contextOf(run, abort.signal, log)), answeredFor]);
  stop.removeEventListener('abort', onStop);
  run.signal.removeEventListener('abort', onCancel);
  cancelTimer();

  if (ending === 'ignored') {
    log.warn('the handler did not stop when asked to');
    return measured(interrupted());
  }
  const stopped = stop.aborted || run.signal.aborted;
  const outcome = verdict(ending, stopped ? calledBackMs(random.unit()) : undefined);
  if (outcome.kind === 'failed')
    log.error('the handler failed', { error: ending.kind === 'threw' ? ending.error : outcome.error });
  return measured(outcome);
}

async function call(reconciler: Reconciler, context: HandlerContext): Promise<Ending> {
  try {
    return { kind: 'returned', value: await reconciler.handler(context) };
  } catch (error) {
    return { kind: 'threw', error };
  }
}

function contextOf(run: Run, signal: AbortSignal, log: Log): HandlerContext {
  const { key, priority, attempt, fence, queue, traceparent } = run;
  const trace = traceparent === undefined ? {} : { traceparent };
  return Object.freeze({ key, priority, attempt, fence, queue, signal, log, ...trace });
}

/** Whole seconds, as the wire has them. */
function calledBackMs(unit: number): number {
  const { least, most } = CALLED_BACK_MS;
  return Math.round((least + unit * (most - least)) / 1000) * 1000;
}
