import { META, PREFIX } from '../../../queue/core/layout.ts';
import { ownerOf } from '../../../queue/core/lease.ts';
import { decodeLock, DEFAULT_LOCK, isLapsed } from '../../../queue/core/lock.ts';
import { find } from './bucket.ts';
import type { Drained } from './drain.ts';
import { attemptsIn, isOk, problemOfSettling } from './settling.ts';
import { type LiveRun, liveRuns, nowOf, type State } from './state.ts';
import type { CarriedOut, Step } from './step.ts';
import type { World } from './world.ts';

/** What must hold at every step. A sentence that says what does not, or `undefined`. */
export function problemAt(world: World, before: State, step: Step): string | undefined {
  const { state, carriedOut, reached } = step;
  const live = liveRuns(world, state);
  return (
    (carriedOut &&
      (problemOfSettling(world, carriedOut, before, state) ??
        problemOfStealing(world, before, carriedOut) ??
        problemOfTaking(world, before, carriedOut) ??
        problemOfForgetting(carriedOut, before))) ??
    problemOfLive(world, state, live) ??
    problemOfBelief(world, before, state) ??
    (reached && problemOfTold(world, before, step))
  );
}

/** Promises 3 and 5: of the runs whose lock is trusted, one a key, no more than the limit, each with its lease in the bucket. */
function problemOfLive(world: World, state: State, live: readonly LiveRun[]): string | undefined {
  if (live.length > world.concurrency) return `the limit is ${world.concurrency}, but ${live.length} runs are live`;
  for (const run of live) {
    if (live.some((other) => other !== run && other.key === run.key)) return `two live runs: key=${run.key}`;
    const lease = find(state.objects, PREFIX.inProgress + run.key);
    if (lease?.generation !== run.lease) return `a live run has no lease in the bucket: key=${run.key}`;
  }
  return undefined;
}

/**
 * Promise 3: whoever believes in its lock has it in the bucket, for longer than it believes; and who believes no longer never does
 * again under that lock.
 */
function problemOfBelief(world: World, before: State, state: State): string | undefined {
  const nowMs = nowOf(world, state.passed);
  for (const [who, actor] of state.actors.entries()) {
    const task = world.tasks[who];
    if (actor.kind !== 'active' || task?.kind !== 'dispatcher' || actor.node.trustedUntilMs <= nowMs) continue;
    const lock = find(state.objects, PREFIX.dispatchers + task.region);
    const { instance, expiresMs } = decodeLock(lock?.metadata ?? {});
    if (instance !== task.name) return `a lock is believed in that is not in the bucket: ${task.name}`;
    if (expiresMs < actor.node.trustedUntilMs) return `a lock is believed in for longer than it lasts: ${task.name}`;
    const earlier = before.actors[who];
    if (earlier?.kind !== 'active' || earlier.round !== actor.round) continue;
    const { trustedUntilMs } = earlier.node;
    if (trustedUntilMs > 0 && trustedUntilMs <= nowMs)
      return `a lock that had lapsed is believed in again: ${task.name}`;
  }
  return undefined;
}

/** Nobody takes the lease away from a run that is live. */
function problemOfStealing(world: World, before: State, { operation, answer }: CarriedOut): string | undefined {
  if (operation.op !== 'delete' || !isOk(answer) || !operation.name.startsWith(PREFIX.inProgress)) return undefined;
  const deleted = find(before.objects, operation.name);
  const robbed = liveRuns(world, before).find(({ lease }) => lease === deleted?.generation);
  return robbed && `the lease of a live run is deleted: key=${robbed.key}`;
}

/** Nobody overwrites the lock of another before it has lapsed. */
function problemOfTaking(world: World, before: State, { who, operation, answer }: CarriedOut): string | undefined {
  if (operation.op !== 'put' || !isOk(answer) || !operation.name.startsWith(PREFIX.dispatchers)) return undefined;
  const overwritten = find(before.objects, operation.name);
  const lock = overwritten && decodeLock(overwritten.metadata);
  if (!lock || lock.instance === world.tasks[who]?.name) return undefined;
  const lapsed = isLapsed(lock, nowOf(world, before.passed), DEFAULT_LOCK);
  return lapsed ? undefined : `a lock is taken that has not lapsed: instance=${lock.instance}`;
}

/** Promise 7: who completes a key deletes no dead letter but the one it knew of. */
function problemOfForgetting({ operation, answer, known }: CarriedOut, before: State): string | undefined {
  if (operation.op !== 'delete' || !isOk(answer) || !operation.name.startsWith(PREFIX.deadLetter)) return undefined;
  const letter = find(before.objects, operation.name);
  if (!letter || known.includes(letter.generation)) return undefined;
  return `a dead letter is deleted that its run did not know: name=${letter.name}`;
}

function problemOfTold(world: World, before: State, { state, reached }: Step): string | undefined {
  for (const told of reached?.node.told ?? []) {
    switch (told.kind) {
      case 'began': {
        if (!told.trusted) return `a run begins under a lock that has lapsed: key=${told.call.key}`;
        const { key, attempt } = told.call;
        const leased = find(state.objects, PREFIX.inProgress + key);
        if (attemptsIn(leased) !== attempt) return `a run is told another attempt than its lease says: key=${key}`;
        const problem = problemOfAttempt(world, before, key, attempt);
        if (problem) return problem;
        const crowded = problemOfSurvivors(world, state, reached?.who ?? -1);
        if (crowded) return crowded;
        const urgent = problemOfPriority(before, state, told.call.key, told.call.priority);
        if (urgent) return urgent;
        break;
      }
      case 'found': {
        const wish = state.wishes[reached?.who ?? -1];
        if (!told.found && !wish?.wasNowhere) return `a key that was somewhere all the time was not found`;
        break;
      }
      case 'journal': {
        const buried = told.event === 'key.exhausted' || told.event === 'key.rejected';
        if (buried && !find(state.objects, `${PREFIX.deadLetter}${String(told.key)}`)) {
          return `a key was given up without a dead letter: key=${String(told.key)}`;
        }
        break;
      }
      case 'acknowledged':
      case 'refused':
        break;
      default:
        return told satisfies never;
    }
  }
  return undefined;
}

/**
 * Promise 5: a lease that a lost dispatcher of the region left behind keeps a slot empty until it is recovered, since its run may still
 * go on. Asked where there is one dispatcher: another that is paused may lease a key at any moment.
 */
function problemOfSurvivors(world: World, state: State, who: number): string | undefined {
  const dispatchers = world.tasks.filter(({ kind }) => kind === 'dispatcher');
  const task = world.tasks[who];
  if (dispatchers.length !== 1 || task?.kind !== 'dispatcher' || state.faultsLeft !== world.faults) return undefined;
  const lock = find(state.objects, PREFIX.dispatchers + task.region);
  const own = ownerOf(task.region, lock?.generation ?? '');
  const left = state.objects.filter(({ name, metadata }) => {
    return name.startsWith(PREFIX.inProgress) && metadata[META.owner] !== own;
  });
  const running = liveRuns(world, state).length;
  if (left.length === 0 || running + left.length <= world.concurrency) return undefined;
  return `a run begins although the lease of a lost dispatcher keeps its slot: limit=${world.concurrency}`;
}

/** Promise 2: what was asked for with more urgency than this run has is either still waiting, or was not acknowledged. */
function problemOfPriority(before: State, state: State, key: string, priority: number): string | undefined {
  const twin = find(state.objects, PREFIX.queued + key);
  const highest = Math.max(priority, Number(twin?.metadata[META.priority] ?? 0));
  const neglected = before.wishes.some(
    (wish) => wish.wishesFor === key && wish.acknowledged && !wish.started && (wish.priority ?? 0) > highest,
  );
  return neglected ? `a run has a lower priority than was asked for: key=${key}` : undefined;
}

/**
 * Promise 6. No run counts more attempts than there were failures; while nothing was lost, none fewer than there were in a row. (More
 * than that where an enqueue touched the waiting entry of a failed key in the midst of its next start: the entry that stays then
 * still tells of that failure, although the run ended well.)
 */
function problemOfAttempt(world: World, state: State, key: string, attempt: number): string | undefined {
  const { total, inARow } = state.failures.get(key) ?? { total: 0, inARow: 0 };
  // A key that has died is counted anew.
  const undisturbed = state.passed === 0 && state.faultsLeft === world.faults && world.maxAttempts === 0;
  if (undisturbed && attempt <= inARow) return `attempt ${attempt} after ${inARow} failures in a row: key=${key}`;
  if (attempt < 1 || attempt > total + 1) return `attempt ${attempt} after ${total} failures in all: key=${key}`;
  return undefined;
}

/** Promises 1, 4 and 7, should all processes crash right now: what was acknowledged and has not started since must yet start. */
export function problemAfterCrash(state: State, drained: Drained): string | undefined {
  if (drained.problem !== undefined) return drained.problem;
  for (const wish of state.wishes) {
    const { wishesFor, acknowledged, started } = wish;
    if (wishesFor === undefined || !acknowledged || started || drained.started.has(wishesFor)) continue;
    return `an acknowledged enqueue is lost: key=${wishesFor}`;
  }
  return undefined;
}

/**
 * Nothing more can happen. Whoever still has something to do then waits for ever, unless it waits for the time: a dispatcher may
 * do so after a fault, until its next watch.
 */
export function problemAtEnd(world: World, state: State): string | undefined {
  const nowMs = nowOf(world, state.passed);
  const faultless = state.faultsLeft === world.faults;
  const stuck = state.actors.findIndex((actor, who) => {
    if (actor.kind !== 'active') return false;
    if (world.tasks[who]?.kind !== 'dispatcher') return true;
    return actor.node.trustedUntilMs > nowMs && (faultless || actor.node.nextTimerMs === Number.POSITIVE_INFINITY);
  });
  return stuck < 0 ? undefined : `waits for nothing, for ever: ${world.tasks[stuck]?.name}`;
}
