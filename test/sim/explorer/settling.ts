import { META, PREFIX } from '../../../queue/core/layout.ts';
import type { StoredObject } from '../../../queue/ports/object-store.ts';
import { find } from './bucket.ts';
import type { StoreOperation } from './operation.ts';
import { LASTING, type State } from './state.ts';
import type { CarriedOut } from './step.ts';
import type { World } from './world.ts';

/**
 * What must hold when a lease is settled, by its holder or by a recovery: it is still there; what it leaves behind counts the
 * attempts that were promised, given what the reconciler has said; and it ends only when that is in the bucket.
 */
export function problemOfSettling(
  world: World,
  { operation, answer, run }: CarriedOut,
  before: State,
  after: State,
): string | undefined {
  if (!isOk(answer)) return undefined;
  const key = settledKey(operation);
  if (key === undefined) return undefined;
  const lease = find(before.objects, PREFIX.inProgress + key);
  const recovers = isRecovery(operation);
  if (!lease) {
    // A recovery may find, between its look and its merge, that the holder it took for lost has ended the lease after all. It then
    // merges what changes nothing that was promised, and its delete finds nothing.
    return recovers ? undefined : `a run is settled that is not leased any more: key=${key}`;
  }
  const outcome = run?.lease === lease.generation ? run.outcome : undefined;
  const waiting = find(after.objects, PREFIX.queued + key);
  const letter = find(after.objects, PREFIX.deadLetter + key);
  const exhausted = world.maxAttempts > 0 && attemptsIn(lease) >= world.maxAttempts;
  const leftBehind = waiting !== undefined && fenceOf(waiting) === fenceOf(lease);
  if (operation.op === 'delete') {
    if (outcome === 'done' || leftBehind) return undefined;
    const buried = letter !== undefined && isNewer(letter, lease) && outcome === 'failed' && exhausted;
    return buried ? undefined : `a key that was not done vanishes (${outcome ?? 'no answer'}): key=${key}`;
  }
  if (operation.op === 'copy' && operation.to.startsWith(PREFIX.deadLetter)) {
    const dies = outcome === 'failed' && exhausted && attemptsIn(letter) === attemptsIn(lease);
    return dies ? undefined : `a key dies of ${outcome ?? 'nothing'} after ${attemptsIn(lease)} attempts: key=${key}`;
  }
  if (!leftBehind) return recovers ? undefined : `a run is settled whose lease is another's: key=${key}`;
  const twin = find(before.objects, PREFIX.queued + key);
  const again = operation.op === 'patch' && twin !== undefined && fenceOf(twin) === fenceOf(lease);
  const right = again ? attemptsIn(twin) : attemptsAfter(outcome, attemptsIn(lease));
  if (outcome === 'failed' && exhausted) return `a key that spent its attempts is queued again: key=${key}`;
  if (attemptsIn(waiting) === right) return undefined;
  const said = outcome ?? 'no answer';
  return `${attemptsIn(waiting)} attempts are left of ${attemptsIn(lease)} after ${said}, not ${right ?? 'any'}: key=${key}`;
}

/** Promise 6. `undefined`: such a key is not queued again at all. */
function attemptsAfter(outcome: string | undefined, attempts: number): number | undefined {
  if (outcome === 'failed') return attempts;
  if (outcome === 'requeue') return 0;
  return outcome === 'done' || outcome === 'rejected' ? undefined : attempts - 1;
}

/** The key of a lease that a request settles or ends, if it is such a one: a copy, the merge into a twin, or the delete. */
function settledKey(operation: StoreOperation): string | undefined {
  if (operation.op === 'copy') return below(PREFIX.inProgress, operation.from);
  if (operation.op === 'delete') return below(PREFIX.inProgress, operation.name);
  if (operation.op !== 'patch' || !(META.lastAttempted in operation.changes)) return undefined;
  return below(PREFIX.queued, operation.name);
}

function below(prefix: string, name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

function isRecovery(operation: StoreOperation): boolean {
  if (operation.op === 'copy') return META.recoveries in operation.metadata;
  return operation.op === 'patch' && typeof operation.changes[META.recoveries] === 'string';
}

export function attemptsIn(object: StoredObject | undefined): number {
  return Number(object?.metadata[META.attempts] ?? 0);
}

function fenceOf(object: StoredObject): string | undefined {
  return object.metadata[META.fence];
}

/** Generations are drawn in turn. */
function isNewer(a: StoredObject, b: StoredObject): boolean {
  return drawnAt(a) > drawnAt(b);
}

function drawnAt({ generation }: StoredObject): number {
  return Number(generation.replace(LASTING, ''));
}

export function isOk(answer: unknown): boolean {
  return (answer as { kind?: string } | undefined)?.kind === 'ok';
}
