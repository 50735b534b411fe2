import type { Delivery } from './delivery.ts';
import type { PostResult } from './http-post.ts';

/** What happens inside that no caller is told. */
export type PubsubEvent =
  | { event: 'push-failed'; subscription: string; delivery: Delivery; result: PostResult }
  | { event: 'dead-lettered'; subscription: string; messageId: string; attempts: number; topic: string };

/** Told of every event as it happens. Must not throw. */
export type Observe = (event: PubsubEvent) => void;
