import type { Outcome } from '../../queue/core/outcome.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { Random } from '../../queue/ports/random.ts';
import type { Answer, ReconcilerCaller } from '../rpc/reconciler-port.ts';
import { type Log, silentLog } from './log.ts';
import type { Reconciler } from './reconciler.ts';
import { runHandler } from './run.ts';

export interface InProcessPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log?: Log;
}

/** A reconciler called without a wire, with the same outcomes, deadlines and cancellation as over gRPC. */
export function inProcessCaller(reconciler: Reconciler, ports: InProcessPorts): ReconcilerCaller {
  const { clock, random, log = silentLog } = ports;
  const stop = new AbortController();
  return {
    async process(call): Promise<Answer> {
      if (call.signal.aborted) return { outcome: { kind: 'interrupted', delayMs: 0 }, started: false };
      const abort = new AbortController();
      const { promise: cutShort, resolve: cut } = Promise.withResolvers<Outcome>();
      const onCancel = () => {
        abort.abort(call.signal.reason);
        cut({ kind: 'interrupted', delayMs: 0 });
      };
      const cancelDeadline = clock.after(call.deadlineMs, () => {
        abort.abort(new DOMException('the deadline has passed', 'TimeoutError'));
        cut({ kind: 'failed', error: `timeout: no answer within ${call.deadlineMs / 1000} s` });
      });
      call.signal.addEventListener('abort', onCancel, { once: true });
      const run = { ...call, signal: abort.signal };
      const outcome = await Promise.race([
        cutShort,
        runHandler(reconciler, run, { clock, random, log, stop: stop.signal }),
      ]);
      call.signal.removeEventListener('abort', onCancel);
      cancelDeadline();
      return { outcome, started: true };
    },
    close: () => stop.abort(new DOMException('the reconciler stops', 'AbortError')),
  };
}
