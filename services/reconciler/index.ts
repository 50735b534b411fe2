/** `levelset`: what a reconciler is made of. */
export {
  type Afterwards,
  type Answer,
  done,
  enqueue,
  reject,
  requeueAfter,
  requeueNotBefore,
  type Wish,
} from './answer.ts';
export type { Log, LogFields } from './log.ts';
export { serve, type ServedReconciler, type ServeOptions } from './serve.ts';
export { defineReconciler, type Handler, type HandlerContext, type Reconciler } from './reconciler.ts';
export { RejectedError } from './rejected-error.ts';
export type { Duration } from '../rpc/duration.ts';
