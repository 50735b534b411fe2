import { PREFIX } from '../../../queue/core/layout.ts';
import { decodeLock, DEFAULT_LOCK, isLapsed } from '../../../queue/core/lock.ts';
import type { Outcome } from '../../../queue/core/outcome.ts';
import { find } from './bucket.ts';
import { isRead, nameOf, type Operation } from './operation.ts';
import { type Actor, isQueueEmpty, nowOf, type State } from './state.ts';
import type { Fault, Task, World } from './world.ts';

/** What may happen next. */
export type Choice =
  /** A dispatcher wakes. */
  | { readonly kind: 'tick'; readonly who: number }
  /** A parked request is carried out; unless a fault says otherwise, it is answered. */
  | { readonly kind: 'request'; readonly who: number; readonly id: number; readonly fault?: Fault }
  /** A slow answer arrives. */
  | { readonly kind: 'answer'; readonly who: number; readonly id: number }
  /** The reconciler answers. */
  | { readonly kind: 'outcome'; readonly who: number; readonly id: number; readonly outcome: Outcome }
  /** A late request is carried out: the n-th. */
  | { readonly kind: 'late'; readonly index: number }
  /** Time jumps, for all. */
  | { readonly kind: 'pass' }
  /** A process's timers that are due go off. */
  | { readonly kind: 'time'; readonly who: number };

/** All that may happen next. What is left out, and why that loses nothing, stands in `docs/correctness.md`. */
export function choicesIn(world: World, state: State): Choice[] {
  const choices: Choice[] = [];
  const nowMs = nowOf(world, state.passed);
  state.actors.forEach((actor, who) => {
    if (actor.kind === 'idle') {
      if (mayTick(world, state, who)) choices.push({ kind: 'tick', who });
      return;
    }
    if (actor.kind !== 'active') return;
    const under = new Set(actor.slow.map(({ id }) => id));
    for (const [id, operation] of actor.node.parked) {
      if (under.has(id)) continue;
      if (operation.op === 'process') {
        for (const outcome of world.outcomes) {
          if (outcome.kind === 'done' || state.failuresLeft > 0) choices.push({ kind: 'outcome', who, id, outcome });
        }
        continue;
      }
      choices.push({ kind: 'request', who, id });
      if (state.faultsLeft === 0 || !nameOf(operation).startsWith(world.faultsOn)) continue;
      for (const fault of world.faultKinds) {
        if (befalls(fault, operation, world, state, who)) choices.push({ kind: 'request', who, id, fault });
      }
    }
    for (const { id, sincePassed } of actor.slow) {
      if (state.passed > sincePassed) choices.push({ kind: 'answer', who, id });
    }
    if (actor.node.nextTimerMs <= nowMs) choices.push({ kind: 'time', who });
  });
  state.late.forEach((_, index) => choices.push({ kind: 'late', index }));
  const locked = state.objects.some(({ name }) => name.startsWith(PREFIX.dispatchers));
  if (state.passed < world.passes && locked) choices.push({ kind: 'pass' });
  return choices;
}

/**
 * A dispatcher takes its lock only when there is something to do, and gets it only when nobody holds it: in an eager world, it may
 * have looked before that. Of two that differ in
 * nothing but their names, the first wakes first.
 */
function mayTick(world: World, state: State, who: number): boolean {
  const task = world.tasks[who];
  if (task?.kind !== 'dispatcher' || isQueueEmpty(state.objects)) return false;
  const asleep = (other: Actor | undefined) => other?.kind === 'idle' && other.round === 0;
  const alike = (other: Task | undefined) =>
    other?.kind === 'dispatcher' && other.region === task.region && other.rounds === task.rounds;
  if (asleep(state.actors[who]) && who > 0 && alike(world.tasks[who - 1]) && asleep(state.actors[who - 1]))
    return false;
  if (world.eager) return true;
  const lock = find(state.objects, PREFIX.dispatchers + task.region);
  return !lock || isLapsed(decodeLock(lock.metadata), nowOf(world, state.passed), DEFAULT_LOCK);
}

/**
 * A slow answer makes no difference unless the time jumps before it comes, nor to whoever asks no clock: whatever the answer lets a
 * process do, it may also do late. A caller whose read fails is one that crashed.
 */
function befalls(fault: Fault, operation: Operation, world: World, state: State, who: number): boolean {
  const dispatches = world.tasks[who]?.kind === 'dispatcher';
  switch (fault) {
    case 'late':
    case 'throttled':
      return !isRead(operation);
    case 'slow':
      return dispatches && !isRead(operation) && state.passed < world.passes;
    case 'failed':
      return dispatches && isRead(operation);
    default:
      return fault satisfies never;
  }
}
