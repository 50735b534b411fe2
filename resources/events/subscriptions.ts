import type { ResourceEvent } from './cloud-events.ts';
import { matchesType } from './pattern.ts';

/** Which events lead to which keys. */
export interface Subscription {
  readonly pattern: string;
  /** Keys to look at. Decides from the event alone; events may come twice, late, and in any order. */
  readonly keys: (event: ResourceEvent) => Iterable<string>;
}

/** Events whose type matches (`io.fabrica.rack.*`, `io.example.**`) bring keys into the queue. */
export function subscribe(pattern: string, keys: Subscription['keys']): Subscription {
  return { pattern, keys };
}

/** All keys that an event leads to, each once. */
export function keysOf(subscriptions: readonly Subscription[], event: ResourceEvent): string[] {
  const matching = subscriptions.filter(({ pattern }) => matchesType(pattern, event.type));
  return [...new Set(matching.flatMap(({ keys }) => [...keys(event)]))];
}
