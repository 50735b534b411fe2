import { carryOut } from './bucket.ts';
import type { Choice } from './choices.ts';
import type { Delivery } from './execution.ts';
import { meet, renameAnswer, renameOperation } from './names.ts';
import { isRead, type StoreOperation } from './operation.ts';
import {
  type Actor,
  isLasting,
  isNowhere,
  LASTING,
  nowOf,
  ofKnown,
  type Sent,
  type State,
  type Wish,
} from './state.ts';
import type { AnsweredRun, Node, Unfolding } from './unfolding.ts';
import { START_MS, type World } from './world.ts';

export type Active = Extract<Actor, { kind: 'active' }>;

const UNKNOWN = { kind: 'unknown', cause: 'no answer' };

/** A request that was carried out in the bucket, for those who judge it. */
export interface CarriedOut extends Sent {
  readonly answer: unknown;
}

/** One step of a schedule: where it leads, and what it did. */
export interface Step {
  readonly state: State;
  readonly carriedOut?: CarriedOut | undefined;
  /** The node that a process came to. */
  readonly reached?: { readonly who: number; readonly node: Node } | undefined;
}

/** Makes a choice. A plain value if all code that it runs has run before. */
export function take(world: World, unfolding: Unfolding, state: State, choice: Choice): Step | Promise<Step> {
  const nowMs = nowOf(world, state.passed);
  switch (choice.kind) {
    case 'pass':
      return { state: { ...state, passed: state.passed + 1 } };
    case 'tick':
      return wake(world, unfolding, state, choice.who);
    case 'time':
      return deliver(world, unfolding, state, choice.who, { kind: 'time', nowMs });
    case 'outcome':
      return answerRun(world, unfolding, state, choice);
    case 'answer': {
      const actor = state.actors[choice.who] as Active;
      const slow = actor.slow.find(({ id }) => id === choice.id);
      const rest = actor.slow.filter((each) => each !== slow);
      return answer(world, unfolding, withActor(state, choice.who, { ...actor, slow: rest }), choice, slow?.answer);
    }
    case 'late': {
      const late = state.late[choice.index] as State['late'][number];
      const without = { ...state, late: state.late.filter((each) => each !== late) };
      const { next, carriedOut } = carry(without, late);
      return { state: next, carriedOut };
    }
    case 'request':
      return request(world, unfolding, state, choice);
    default:
      return choice satisfies never;
  }
}

/** A dispatcher wakes at the moment in which its first request, the sweep, is carried out. */
async function wake(world: World, unfolding: Unfolding, state: State, who: number): Promise<Step> {
  const task = world.tasks[who] as World['tasks'][number];
  const round = (state.actors[who] as Extract<Actor, { kind: 'idle' }>).round;
  const apart = world.oneClock ? { round: 0, rank: 0 } : { round, rank: who };
  const identity = { ...apart, seam: task.seam };
  const nowMs = nowOf(world, state.passed);
  const node = await unfolding.root(`${task.name}${round}`, { program: task.program, nowMs, identity });
  const awake = withActor(state, who, { kind: 'active', round, node, known: [], slow: [] });
  return request(world, unfolding, awake, { kind: 'request', who, id: 0 });
}

function request(
  world: World,
  unfolding: Unfolding,
  before: State,
  choice: Extract<Choice, { kind: 'request' }>,
): Step | Promise<Step> {
  const { who, id, fault } = choice;
  const state = call(before, who, fault === undefined ? 0 : 1);
  const actor = state.actors[who] as Active;
  const operation = globalOperation(actor, id);
  const sent: Sent = { who, operation, known: actor.known, run: runBehind(actor, operation) };
  switch (fault) {
    case 'failed':
      return deliver(world, unfolding, state, who, { kind: 'failure', id, nowMs: timeOf(world, state, who) });
    case 'throttled':
      return answer(world, unfolding, state, choice, { kind: 'throttled' });
    case 'late':
      return answer(world, unfolding, { ...state, late: [...state.late, sent] }, choice, UNKNOWN);
    case 'slow':
    case undefined: {
      const { next, carriedOut } = carry(state, sent);
      const done = (step: Step): Step => ({ ...step, carriedOut });
      if (fault === 'slow') {
        const slow = [...actor.slow, { id, answer: carriedOut.answer, sincePassed: state.passed }];
        return done({ state: withActor(next, who, { ...actor, slow }) });
      }
      const step = answer(world, unfolding, next, choice, carriedOut.answer);
      return step instanceof Promise ? step.then(done) : done(step);
    }
    default:
      return fault satisfies never;
  }
}

/** A caller counts as having called at the moment before its first request takes effect: the latest, which promises most. */
function call(state: State, who: number, faults: number): State {
  const paid = faults === 0 ? state : { ...state, faultsLeft: state.faultsLeft - faults };
  const wish = paid.wishes[who] as Wish;
  if (wish.called || (wish.wishesFor === undefined && wish.looksFor === undefined)) return paid;
  return seeNowhere({ ...paid, wishes: paid.wishes.with(who, { ...wish, called: true }) });
}

/** A parked request in the bucket's names of generations. */
export function globalOperation(actor: Active, id: number): StoreOperation {
  return renameOperation(actor.node.parked.get(id) as StoreOperation, ofKnown(actor.known));
}

/** The last answered run of the key that a write is about, of the process that sends it. */
function runBehind({ node, known }: Active, operation: StoreOperation): AnsweredRun | undefined {
  if (isRead(operation) || node.answers.size === 0) return undefined;
  const name = operation.op === 'copy' ? operation.from : 'name' in operation ? operation.name : '';
  const run = node.answers.get(name.slice(name.indexOf('/') + 1));
  return run && { ...run, lease: ofKnown(known)(run.lease) };
}

function carry(state: State, sent: Sent): { next: State; carriedOut: CarriedOut } {
  const { operation } = sent;
  const written = operation.op === 'copy' ? operation.to : operation.op === 'put' ? operation.name : '';
  const generation = `${isLasting(written) ? LASTING : ''}${state.drawn + 1}`;
  const { objects, answer, applied } = carryOut(state.objects, operation, generation);
  const next = applied ? { ...state, objects, drawn: state.drawn + 1 } : state;
  return { next: applied ? seeNowhere(next) : next, carriedOut: { ...sent, answer } };
}

/** Notes for the lookers whose key is nowhere right now. */
function seeNowhere(state: State): State {
  const misses = (wish: Wish) =>
    wish.looksFor !== undefined && !wish.wasNowhere && isNowhere(state.objects, wish.looksFor);
  if (!state.wishes.some(misses)) return state;
  return { ...state, wishes: state.wishes.map((wish) => (misses(wish) ? { ...wish, wasNowhere: true } : wish)) };
}

function answer(
  world: World,
  unfolding: Unfolding,
  state: State,
  { who, id }: { who: number; id: number },
  answered: unknown,
): Step | Promise<Step> {
  const actor = state.actors[who] as Active;
  const known = [...actor.known];
  const local = renameAnswer(answered, (generation) => meet(known, generation));
  const nowMs = timeOf(world, state, who);
  const met = withActor(state, who, { ...actor, known });
  return deliver(world, unfolding, met, who, { kind: 'answer', id, answer: local, nowMs });
}

function answerRun(
  world: World,
  unfolding: Unfolding,
  state: State,
  { who, id, outcome }: Extract<Choice, { kind: 'outcome' }>,
): Step | Promise<Step> {
  const run = (state.actors[who] as Active).node.parked.get(id);
  const key = run?.op === 'process' ? run.key : '';
  const { total, inARow } = state.failures.get(key) ?? { total: 0, inARow: 0 };
  const failed = outcome.kind === 'failed';
  const spent = failed ? inARow + 1 : outcome.kind === 'interrupted' || outcome.kind === 'unreachable' ? inARow : 0;
  const counted: State = {
    ...state,
    failures: new Map(state.failures).set(key, { total: total + Number(failed), inARow: spent }),
    failuresLeft: state.failuresLeft - Number(outcome.kind !== 'done'),
  };
  return answer(world, unfolding, counted, { who, id }, { outcome, started: true });
}

/** The clocks of callers and lookers stand still: they ask them for nothing that matters here. */
function timeOf(world: World, state: State, who: number): number {
  return world.tasks[who]?.kind === 'dispatcher' ? nowOf(world, state.passed) : START_MS;
}

function deliver(
  world: World,
  unfolding: Unfolding,
  state: State,
  who: number,
  delivery: Delivery,
): Step | Promise<Step> {
  const actor = state.actors[who] as Active;
  const next = unfolding.next(actor.node, delivery);
  return next instanceof Promise
    ? next.then((node) => arrive(world, state, who, actor, node))
    : arrive(world, state, who, actor, next);
}

function arrive(world: World, state: State, who: number, actor: Active, node: Node): Step {
  const task = world.tasks[who] as World['tasks'][number];
  const again = task.kind === 'dispatcher' && actor.round + 1 < task.rounds;
  const ended: Actor = again ? { kind: 'idle', round: actor.round + 1 } : { kind: 'ended' };
  let wishes = state.wishes;
  for (const told of node.told) {
    if (told.kind === 'acknowledged') wishes = wishes.with(who, { ...(wishes[who] as Wish), acknowledged: true });
    if (told.kind !== 'began') continue;
    wishes = wishes.map((wish) =>
      wish.wishesFor === told.call.key && wish.called ? { ...wish, started: true } : wish,
    );
  }
  const next = withActor(state, who, node.ended ? ended : { ...actor, node });
  return { state: { ...next, wishes }, reached: { who, node } };
}

function withActor(state: State, who: number, actor: Actor): State {
  return { ...state, actors: state.actors.with(who, actor) };
}
