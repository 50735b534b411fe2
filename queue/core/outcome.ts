import type { Enqueue } from './enqueue.ts';

/** What became of a run. Exactly one of these, so no two can contradict. */
export type Outcome =
  /** The key is at its desired state. */
  | { readonly kind: 'done' }
  /** Call again after a delay; with `floor`, enqueues in the meantime do not bring the time forward. Spends nothing. */
  | { readonly kind: 'requeue'; readonly delayMs: number; readonly floor: boolean }
  /** Queue other keys first; then the key is done, or called again after `requeueMs`. Spends nothing. */
  | {
      readonly kind: 'enqueue';
      readonly keys: readonly Enqueue[];
      readonly requeueMs?: number;
      readonly floor?: boolean;
    }
  /** The instance was told to stop before it could finish. Gives its attempt back. */
  | { readonly kind: 'interrupted'; readonly delayMs: number }
  /** The reconciler was never reached. Gives its attempt back. */
  | { readonly kind: 'unreachable'; readonly error: string }
  /** A thrown error, a timeout, a crash in mid-run. Spends an attempt. */
  | { readonly kind: 'failed'; readonly error: string }
  /** Not to be tried again: dead letter. */
  | { readonly kind: 'rejected'; readonly reason: string };
