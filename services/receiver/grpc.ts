import { type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { Journal } from '../../catalogue/events.ts';
import { RPC_METADATA } from '../../catalogue/rpc-metadata.ts';
import type { GetKeyStateRequest__Output } from '../../proto/gen/chainguard/workqueue/GetKeyStateRequest.ts';
import type { KeyState } from '../../proto/gen/chainguard/workqueue/KeyState.ts';
import type { ProcessRequest__Output } from '../../proto/gen/chainguard/workqueue/ProcessRequest.ts';
import type { ProcessResponse } from '../../proto/gen/chainguard/workqueue/ProcessResponse.ts';
import type { WorkqueueServiceHandlers } from '../../proto/gen/chainguard/workqueue/WorkqueueService.ts';
import { enqueueFromRequest, keyFromRequest, messageFromKeyState } from '../rpc/convert.ts';
import { errorStatus } from '../rpc/reply.ts';
import { parseTraceparent } from '../../queue/core/traceparent.ts';
import type { Receiver } from './receiver.ts';

/** The workqueue service as a receiver serves it: `Process` queues the key, `GetKeyState` looks for it. */
export function receiverHandlers(
  receiver: Pick<Receiver, 'enqueue' | 'state'>,
  journal: Journal,
): Pick<WorkqueueServiceHandlers, 'Process' | 'GetKeyState'> {
  const refuse = <T>(callback: sendUnaryData<T>, problem: string) => {
    journal.write('call.refused', { problem });
    callback({ code: status.INVALID_ARGUMENT, details: problem });
  };

  return {
    Process(call: ServerUnaryCall<ProcessRequest__Output, ProcessResponse>, callback: sendUnaryData<ProcessResponse>) {
      const wish = enqueueFromRequest(call.request);
      if (!wish.ok) {
        refuse(callback, wish.problem);
        return;
      }
      const traceparent = parseTraceparent(call.metadata.get(RPC_METADATA.traceparent)[0]);
      receiver.enqueue(wish.value, traceparent).then(
        () => callback(null, {}),
        (error: unknown) => callback(errorStatus(error, journal)),
      );
    },

    GetKeyState(call: ServerUnaryCall<GetKeyStateRequest__Output, KeyState>, callback: sendUnaryData<KeyState>) {
      const key = keyFromRequest(call.request);
      if (!key.ok) {
        refuse(callback, key.problem);
        return;
      }
      receiver.state(key.value).then(
        (state) => {
          if (state) callback(null, messageFromKeyState(state));
          else
            callback({
              code: status.NOT_FOUND,
              details: `key is nowhere in the queue: key=${JSON.stringify(key.value)}`,
            });
        },
        (error: unknown) => callback(errorStatus(error, journal)),
      );
    },
  };
}
