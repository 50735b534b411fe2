import { META, PREFIX } from '../../../queue/core/layout.ts';
import { find } from './bucket.ts';
import type { Drained } from './drain.ts';
import type { StoreOperation } from './operation.ts';
import { type LiveRun, liveRuns, type State } from './state.ts';
import type { CarriedOut, Step } from './step.ts';
import type { World } from './world.ts';

/** What must hold at every step. A sentence that says what does not, or `undefined`. */
export function problemAt(world: World, before: State, step: Step): string | undefined {
  const { state, carriedOut, reached } = step;
  const live = liveRuns(world, state);
  return (
    (carriedOut &&
      (problemOfSettling(carriedOut, before) ??
        problemOfStealing(world, before, carriedOut) ??
        problemOfForgetting(carriedOut, before))) ??
    problemOfLive(world, state, live) ??
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

/** Nobody takes the lease away from a run that is live. */
function problemOfStealing(world: World, before: State, { operation, answer }: CarriedOut): string | undefined {
  if (operation.op !== 'delete' || !isOk(answer) || !operation.name.startsWith(PREFIX.inProgress)) return undefined;
  const deleted = find(before.objects, operation.name);
  const robbed = liveRuns(world, before).find(({ lease }) => lease === deleted?.generation);
  return robbed && `the lease of a live run is deleted: key=${robbed.key}`;
}

/**
 * Promise 3: who settles a run merges into its twin only while its lease still lies in the bucket. (A recovery may find, between its
 * look and its merge, that the holder it took for lost has ended the lease after all. It then merges what changes nothing that
 * was promised, and its delete finds nothing.)
 */
function problemOfSettling({ operation, answer, known }: CarriedOut, before: State): string | undefined {
  const key = isOk(answer) ? settledKey(operation) : undefined;
  if (key === undefined) return undefined;
  const lease = find(before.objects, PREFIX.inProgress + key);
  if (!lease) return `a run is settled that is not leased any more: key=${key}`;
  return known.includes(lease.generation) ? undefined : `a run is settled whose lease is another's: key=${key}`;
}

/** Promise 7: who completes a key deletes no dead letter but the one it knew of. */
function problemOfForgetting({ operation, answer, known }: CarriedOut, before: State): string | undefined {
  if (operation.op !== 'delete' || !isOk(answer) || !operation.name.startsWith(PREFIX.deadLetter)) return undefined;
  const letter = find(before.objects, operation.name);
  if (!letter || known.includes(letter.generation)) return undefined;
  return `a dead letter is deleted that its run did not know: name=${letter.name}`;
}

/** The key that a request puts back into the queue, or gives up, if it is such a one: a copy, or the merge into a twin. */
function settledKey(operation: StoreOperation): string | undefined {
  if (operation.op === 'copy' && operation.from.startsWith(PREFIX.inProgress)) {
    return operation.from.slice(PREFIX.inProgress.length);
  }
  if (operation.op !== 'patch' || !operation.name.startsWith(PREFIX.queued)) return undefined;
  const merges = META.lastAttempted in operation.changes && typeof operation.changes[META.recoveries] !== 'string';
  return merges ? operation.name.slice(PREFIX.queued.length) : undefined;
}

function problemOfTold(world: World, before: State, { state, reached }: Step): string | undefined {
  for (const told of reached?.node.told ?? []) {
    switch (told.kind) {
      case 'began': {
        if (!told.trusted) return `a run begins under a lock that has lapsed: key=${told.call.key}`;
        const problem = problemOfAttempt(world, before, told.call.key, told.call.attempt);
        if (problem) return problem;
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

function isOk(answer: unknown): boolean {
  return (answer as { kind?: string } | undefined)?.kind === 'ok';
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
