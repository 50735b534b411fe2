import { type handleUnaryCall, type ServiceError, status } from '@grpc/grpc-js';
import type { Answer, Refusal } from './answer.ts';

/** A unary rpc as a function from the request to its answer. */
export function unary<Request, Response>(
  handle: (request: Request) => Answer<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const answer = handle(call.request);
    if (answer.ok) callback(null, answer.value);
    else callback(statusOf(answer));
  };
}

export function statusOf({ code, problem }: Refusal): Pick<ServiceError, 'code' | 'details'> {
  return { code: status[code], details: problem };
}
