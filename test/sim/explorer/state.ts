import { PREFIX } from '../../../queue/core/layout.ts';
import { find, type Objects } from './bucket.ts';
import { type Known, renameOperation } from './names.ts';
import type { ProcessOperation, StoreOperation } from './operation.ts';
import type { AnsweredRun, Node } from './unfolding.ts';
import { START_MS, type World } from './world.ts';

/** Where a task stands. A dispatcher is `idle` between two rounds; an enqueue that was not called yet stands at its first node. */
export type Actor =
  | { readonly kind: 'idle'; readonly round: number }
  | {
      readonly kind: 'active';
      readonly round: number;
      readonly node: Node;
      readonly known: Known;
      /** Answers on their way: carried out, not delivered. */
      readonly slow: readonly { readonly id: number; readonly answer: unknown; readonly sincePassed: number }[];
    }
  | { readonly kind: 'ended' };

/** What has been promised to a caller: nothing yet, or that the key starts after the call; and whether it has. */
export interface Wish {
  /** The key of a caller. */
  readonly wishesFor?: string | undefined;
  readonly priority?: number | undefined;
  /** The key of a looker. */
  readonly looksFor?: string | undefined;
  readonly called: boolean;
  readonly acknowledged: boolean;
  readonly started: boolean;
  /** Of a looker: the key was nowhere at some moment since the call. */
  readonly wasNowhere: boolean;
}

/** A request on its way, in the bucket's names of generations. */
export interface Sent {
  readonly who: number;
  readonly operation: StoreOperation;
  /** The generations that the sender knew when it sent this. */
  readonly known: Known;
  /** What the sender was last answered about the key whose lease this is about. */
  readonly run?: AnsweredRun | undefined;
}

/** One moment of a world. Never changed. */
export interface State {
  readonly objects: Objects;
  readonly actors: readonly Actor[];
  readonly passed: number;
  readonly faultsLeft: number;
  readonly failuresLeft: number;
  /** Requests whose callers were told that nothing is known, and which may still be carried out. */
  readonly late: readonly Sent[];
  /** For each task; those of dispatchers stay empty. */
  readonly wishes: readonly Wish[];
  /** For each key: failures answered in all, and since it was last answered otherwise. */
  readonly failures: ReadonlyMap<string, { readonly total: number; readonly inARow: number }>;
  /** Generations drawn. */
  readonly drawn: number;
}

export function nowOf(world: World, passed: number): number {
  return START_MS + passed * world.passMs;
}

/** A run whose lock is trusted: what may be neither doubled nor too many. */
export interface LiveRun extends ProcessOperation {
  readonly who: number;
}

export function liveRuns(world: World, state: State): LiveRun[] {
  const nowMs = nowOf(world, state.passed);
  return state.actors.flatMap((actor, who) => {
    if (actor.kind !== 'active' || actor.node.trustedUntilMs <= nowMs) return [];
    return [...actor.node.parked.values()].flatMap((operation) =>
      operation.op === 'process' ? [{ ...renameOperation(operation, ofKnown(actor.known)), who }] : [],
    );
  });
}

export function ofKnown(known: Known): (generation: string) => string {
  return (generation) => known[Number(generation) - 1] ?? `unheard-of-${generation}`;
}

/** Generations of locks and dead letters are kept in metadata, and so may matter when they are gone; others never come back. */
export function isLasting(name: string): boolean {
  return name.startsWith(PREFIX.dispatchers) || name.startsWith(PREFIX.deadLetter);
}

export const LASTING = 'L';

export function isQueueEmpty(objects: Objects): boolean {
  return !objects.some(({ name }) => name.startsWith(PREFIX.queued) || name.startsWith(PREFIX.inProgress));
}

export function isNowhere(objects: Objects, key: string): boolean {
  return ![PREFIX.queued, PREFIX.inProgress, PREFIX.deadLetter].some((prefix) => find(objects, prefix + key));
}
