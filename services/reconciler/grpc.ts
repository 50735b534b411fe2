import { Metadata, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { Journal } from '../../catalogue/events.ts';
import { RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import type { ProcessRequest__Output } from '../../proto/gen/chainguard/workqueue/ProcessRequest.ts';
import type { ProcessResponse } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import type { WorkqueueServiceHandlers } from '../../proto/gen/chainguard/workqueue/WorkqueueService.ts';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import { enqueueFromRequest } from '../rpc/convert.ts';
import { replyFor, send, type WireReply } from '../rpc/reply.ts';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import type { Reconciler } from './reconciler.ts';
import { type Run, runHandler, type RunPorts } from './run.ts';
import type { Running } from './running.ts';

export interface ReconcilerHandlersOptions {
  readonly reconciler: Reconciler;
  readonly running: Running;
  readonly ports: Omit<RunPorts, 'stop'>;
  readonly journal: Journal;
  /** Resolves when what was written to sockets so far has left the process. */
  readonly flushed: () => Promise<void>;
}

type ProcessCall = ServerUnaryCall<ProcessRequest__Output, ProcessResponse>;

/** The workqueue service as a reconciler serves it. */
export function reconcilerHandlers(
  options: ReconcilerHandlersOptions,
): Pick<WorkqueueServiceHandlers, 'Process' | 'GetKeyState'> {
  const { reconciler, running, journal, flushed } = options;
  const ports: RunPorts = { ...options.ports, stop: running.stopSignal };

  const process = async (call: ProcessCall, wish: Enqueue): Promise<WireReply> => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort(new DOMException('the call was cancelled', 'AbortError')));
    if (call.cancelled) abort.abort(new DOMException('the call was cancelled', 'AbortError'));
    // The mark must be on its way before the handler can crash or block this process: what fails without it counts as never begun.
    call.sendMetadata(startedMark());
    await flushed();
    return replyFor(await runHandler(reconciler, runOf(call.metadata, wish, abort.signal), ports));
  };

  return {
    Process(call: ProcessCall, callback: sendUnaryData<ProcessResponse>) {
      const wish = enqueueFromRequest(call.request);
      if (!wish.ok) {
        journal.write('call.refused', { problem: wish.problem });
        callback({ code: status.INVALID_ARGUMENT, details: wish.problem });
        return;
      }
      const admitted = running.admit(() => process(call, wish.value));
      if (!admitted) {
        callback({ code: status.UNAVAILABLE, details: 'this instance stops' });
        return;
      }
      admitted.then(
        (reply) => send(reply, callback),
        (error: unknown) => {
          journal.write('internal.error', { error });
          callback({ code: status.INTERNAL, details: 'internal error: the log of this service says more' });
        },
      );
    },
    GetKeyState(_call, callback) {
      callback({ code: status.UNIMPLEMENTED, details: 'a reconciler has no queue: ask the receiver' });
    },
  };
}

function startedMark(): Metadata {
  const mark = new Metadata();
  mark.set(RPC_METADATA.started, '1');
  return mark;
}

/** A dispatcher of another make sends none of our metadata. */
function runOf(metadata: Metadata, wish: Enqueue, signal: AbortSignal): Run {
  const text = (name: string): string | undefined => metadata.get(name)[0]?.toString();
  const whole = (name: string, otherwise: number): number => {
    const value = Number(text(name) ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
  };
  return {
    key: wish.key,
    priority: wish.priority,
    attempt: whole(RPC_METADATA.attempt, 1),
    fence: whole(RPC_METADATA.fence, 0),
    queue: text(RPC_METADATA.queue) ?? '',
    traceparent: parseTraceparent(text(RPC_METADATA.traceparent)),
    signal,
  };
}
