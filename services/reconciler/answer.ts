import { type Enqueue, MAX_DELAY_SECONDS, parseEnqueue } from '../../queue/core/enqueue.ts';
import type { Outcome } from '../../queue/core/outcome.ts';
import type { Parsed } from '../../queue/core/parsed.ts';
import { QueueError } from '../../queue/errors.ts';
import { ceilSeconds, type Duration, parseDuration } from '../rpc/duration.ts';

/** Registered, so that two copies of this package in one process know each other's answers. */
const ANSWER: unique symbol = Symbol.for('levelset.answer');

/**
 * What a handler says about its key: made by {@link done}, {@link requeueAfter}, {@link requeueNotBefore}, {@link enqueue} or
 * {@link reject}, and by nothing else. A forgotten `return` is therefore a failure and not a success.
 */
export type Answer = Extract<Outcome, { kind: 'done' | 'requeue' | 'enqueue' | 'rejected' }> & {
  readonly [ANSWER]: true;
};

export function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && ANSWER in value;
}

/** The outcome in an answer, without the mark that says who made it. */
export function outcomeOf(answer: Answer): Outcome {
  const { [ANSWER]: _mark, ...outcome } = answer;
  return outcome;
}

/** The key is at its desired state. */
export function done(): Answer {
  return answer({ kind: 'done' });
}

/** Call again after a delay (whole seconds, rounded up, at least one, at most a year), or earlier if the key is enqueued. */
export function requeueAfter(delay: Duration): Answer {
  return answer({ kind: 'requeue', delayMs: wireMs(delay), floor: false });
}

/** Call again after a delay and not before, even if the key is enqueued in the meantime. At most an hour. */
export function requeueNotBefore(delay: Duration): Answer {
  return answer({ kind: 'requeue', delayMs: wireMs(delay), floor: true });
}

/** Another key to queue: its name, or with a priority and a delay. */
export type Wish = string | { readonly key: string; readonly priority?: number; readonly delay?: Duration };

/** What becomes of this key once the others are queued: done, unless one of these is given. */
export type Afterwards =
  | { readonly requeueAfter?: Duration; readonly requeueNotBefore?: never }
  | { readonly requeueNotBefore?: Duration; readonly requeueAfter?: never };

/** Queue other keys first; then this one is done, or called again. Throws where a key breaks a rule: nothing is queued then. */
export function enqueue(wishes: Iterable<Wish>, afterwards: Afterwards = {}): Answer {
  const keys = Array.from(typeof wishes === 'string' ? [wishes] : wishes, parseWish);
  const delay = afterwards.requeueNotBefore ?? afterwards.requeueAfter;
  if (delay === undefined) return answer({ kind: 'enqueue', keys });
  return answer({ kind: 'enqueue', keys, requeueMs: wireMs(delay), floor: afterwards.requeueNotBefore !== undefined });
}

/** Never try this key again: it becomes a dead letter with this reason. May be returned or thrown. */
export function reject(reason: string): Answer {
  return answer({ kind: 'rejected', reason });
}

function answer(outcome: Extract<Outcome, { kind: 'done' | 'requeue' | 'enqueue' | 'rejected' }>): Answer {
  return Object.freeze({ ...outcome, [ANSWER]: true as const });
}

/** As the wire will have it, so that a handler that is run without a wire behaves the same. */
function wireMs(delay: Duration): number {
  const seconds = Math.max(1, ceilSeconds(valid(parseDuration(delay))));
  if (seconds > MAX_DELAY_SECONDS) throw new QueueError('invalid', `a delay is at most a year: delay=${delay}`);
  return seconds * 1000;
}

function parseWish(wish: Wish): Enqueue {
  if (typeof wish === 'string') return valid(parseEnqueue({ key: wish }));
  const delaySeconds = ceilSeconds(valid(parseDuration(wish.delay ?? 0)));
  return valid(parseEnqueue({ key: wish.key, priority: wish.priority, delaySeconds }));
}

function valid<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new QueueError('invalid', parsed.problem);
}
