import { asError } from '../../queue/errors.ts';
import { type Answer, done, enqueue, requeueAfter, type Wish } from '../../services/reconciler/answer.ts';
import type { Duration } from '../../services/rpc/duration.ts';

/** The same answer, which queues these keys as well. A rejected key takes nobody with it. */
export function withKeys(answer: Answer, wishes: readonly Wish[]): Answer {
  if (wishes.length === 0) return answer;
  switch (answer.kind) {
    case 'rejected':
      return answer;
    case 'done':
      return enqueue(wishes);
    case 'requeue':
      return answer.floor
        ? enqueue(wishes, { requeueNotBefore: answer.delayMs })
        : enqueue(wishes, { requeueAfter: answer.delayMs });
    case 'enqueue': {
      const before = answer.keys.map(({ key, priority, delaySeconds }) => ({
        key,
        priority,
        delay: delaySeconds * 1000,
      }));
      const all = [...before, ...wishes];
      if (answer.requeueMs === undefined) return enqueue(all);
      return enqueue(all, answer.floor ? { requeueNotBefore: answer.requeueMs } : { requeueAfter: answer.requeueMs });
    }
    default:
      return answer satisfies never;
  }
}

/** What a reconciler of the earlier framework returns: `{}`, `{ requeue: true }`, `{ requeueAfter: '5m' }`, and perhaps an error. */
export interface Result {
  readonly requeue?: boolean;
  readonly requeueAfter?: Duration;
}

/**
 * The answer for a result in that form. `requeue` wins over `requeueAfter`; both are followed when there is an error, too; an error
 * alone is thrown, and retried with growing waits. `key` is the run's own.
 */
export function fromResult(key: string, result: Result, error?: unknown): Answer {
  if (result.requeue) return enqueue([key]);
  if (result.requeueAfter !== undefined && result.requeueAfter !== 0) return requeueAfter(result.requeueAfter);
  if (error !== undefined && error !== null) throw asError(error);
  return done();
}
