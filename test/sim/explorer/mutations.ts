import { META, PREFIX } from '../../../queue/core/layout.ts';
import type { Metadata, Pin } from '../../../queue/ports/object-store.ts';
import { dispatching, type Dispatching } from './dispatching.ts';
import type { Seam } from './execution.ts';
import type { StoreOperation } from './operation.ts';
import {
  DONE,
  FAILED,
  type Fault,
  LAPSED,
  LETTER,
  SURVIVORS,
  type Task,
  type World,
  worldOf,
  type WorldOptions,
} from './world.ts';

/** A break of the protocol, put between the dispatchers and the store, and a small world in which it shows. */
export interface Mutation {
  readonly name: string;
  readonly world: World;
}

type Rewrite = (operation: StoreOperation) => StoreOperation;

/** Requests that match are sent otherwise than the code meant. */
const rewriting =
  (rewrite: Rewrite): Seam =>
  (operation, send) =>
    send(rewrite(operation));

const deletesBelow = (prefix: string, pin: (pinned: Pin) => Pin | 'any'): Rewrite => {
  return (operation) =>
    operation.op === 'delete' && operation.name.startsWith(prefix) && operation.pin !== 'any'
      ? { ...operation, pin: pin(operation.pin) }
      : operation;
};
const byGeneration = ({ generation }: Pin): Pin => ({ generation });
const byNothing = () => 'any' as const;

const copiesFrom = (prefix: string, change: (copy: Copy) => Copy): Rewrite => {
  return (operation) => (operation.op === 'copy' && operation.from.startsWith(prefix) ? change(operation) : operation);
};
type Copy = Extract<StoreOperation, { op: 'copy' }>;

const isTwinMerge = (operation: StoreOperation) =>
  operation.op === 'patch' && operation.name.startsWith(PREFIX.queued) && META.lastAttempted in operation.changes;

/** Metadata of an entry that is put back into the queue by a recovery, or by the settling of a run. */
const returning = (recovers: boolean, change: (metadata: Metadata) => Metadata) =>
  copiesFrom(PREFIX.inProgress, (copy) =>
    copy.to.startsWith(PREFIX.queued) && META.recoveries in copy.metadata === recovers
      ? { ...copy, metadata: change(copy.metadata) }
      : copy,
  );

const oneMore = (metadata: Metadata): Metadata => ({
  ...metadata,
  [META.attempts]: String(Number(metadata[META.attempts]) + 1),
});

const TWO: WorldOptions = { enqueues: ['k', 'k'], dispatchers: ['r', 'r'], rounds: [1, 1], passes: 1 };
const ONE: WorldOptions = { enqueues: ['k', 'k'], rounds: [2] };
const FAILING: WorldOptions = { outcomes: [DONE, FAILED], failures: 1 };
const late = (...faultKinds: Fault[]): WorldOptions => ({ faults: 1, faultKinds });

function mutation(name: string, options: WorldOptions, seam: Seam): Mutation {
  return { name, world: sabotaged(worldOf(name, name, options), (task) => ({ ...task, seam })) };
}

/** Another world in which the dispatchers are as `change` makes them. */
function sabotaged(world: World, change: (task: Task) => Task): World {
  return { ...world, tasks: world.tasks.map((task) => (task.kind === 'dispatcher' ? change(task) : task)) };
}

/** The dispatchers themselves are otherwise. */
function behaving(how: Partial<Dispatching>, name: string, options: WorldOptions): Mutation {
  const change = (task: Task): Task => {
    if (task.kind !== 'dispatcher') return task;
    const settings: Dispatching = {
      name: task.name,
      region: task.region,
      regions: ['r'],
      concurrency: 1,
      ...how,
    };
    return { ...task, program: dispatching(settings) };
  };
  return { name, world: sabotaged(worldOf(name, name, options), change) };
}

export const MUTATIONS: readonly Mutation[] = [
  mutation('the delete of the queued entry is unconditional', TWO, rewriting(deletesBelow(PREFIX.queued, byNothing))),
  mutation(
    'the delete of the queued entry is pinned to the generation only',
    { ...TWO, ...FAILING },
    rewriting(deletesBelow(PREFIX.queued, byGeneration)),
  ),
  mutation('the merge into a twin writes nothing', TWO, async (operation, send) => {
    if (!isTwinMerge(operation) || operation.op !== 'patch') return send(operation);
    return { kind: 'ok', object: await send({ op: 'get', name: operation.name }) };
  }),
  mutation('`Process` begins before the delete is answered', ONE, async (operation, send) => {
    if (operation.op !== 'delete' || !operation.name.startsWith(PREFIX.queued)) return send(operation);
    void send(operation);
    return { kind: 'ok' };
  }),
  mutation(
    'the copy that leases a key does not look at its source',
    { ...FAILING, enqueues: ['k'], dispatchers: ['a', 'b'] },
    rewriting(copiesFrom(PREFIX.queued, (copy) => ({ ...copy, source: 'any' }))),
  ),
  mutation(
    'the copy that leases a key overwrites another lease',
    { ...TWO, dispatchers: ['a', 'b'], passes: 0 },
    rewriting(copiesFrom(PREFIX.queued, (copy) => ({ ...copy, destination: 'any' }))),
  ),
  mutation(
    'the copy that puts a key back does not look at its source',
    { ...TWO, ...FAILING, enqueues: ['k'] },
    rewriting(copiesFrom(PREFIX.inProgress, (copy) => ({ ...copy, source: 'any' }))),
  ),
  mutation(
    'the copy that puts a key back overwrites a twin',
    { ...ONE, ...FAILING, enqueues: ['k', 'k^5'] },
    rewriting(copiesFrom(PREFIX.inProgress, (copy) => ({ ...copy, destination: 'any' }))),
  ),
  mutation('the end of a lease is not pinned', TWO, rewriting(deletesBelow(PREFIX.inProgress, byNothing))),
  mutation(
    'the release of the lock is not pinned',
    { ...TWO, rounds: [2, 1] },
    rewriting(deletesBelow(PREFIX.dispatchers, byNothing)),
  ),
  mutation(
    'a lapsed lock is taken over without a condition',
    { ...TWO, enqueues: ['k'], objects: [LAPSED], passes: 0 },
    rewriting((operation) =>
      operation.op === 'put' && operation.condition !== 'absent' ? { ...operation, condition: 'any' } : operation,
    ),
  ),
  mutation(
    'a takeover is pinned to the generation only',
    { ...TWO, ...late('late'), enqueues: ['k'], passes: 2, passMs: 20_000, faultsOn: PREFIX.dispatchers },
    rewriting((operation) =>
      operation.op === 'put' && typeof operation.condition === 'object'
        ? { ...operation, condition: byGeneration(operation.condition) }
        : operation,
    ),
  ),
  mutation(
    'a recovery takes every lock for gone',
    { ...TWO, dispatchers: ['a', 'b'], passes: 0 },
    async (operation, send) => {
      const answer = await send(operation);
      return operation.op === 'get' && operation.name.startsWith(PREFIX.dispatchers) ? undefined : answer;
    },
  ),
  mutation('a recovery charges the attempt', { ...TWO, rounds: [1, 1] }, rewriting(returning(true, oneMore))),
  mutation(
    'a failure that is merged into a twin is not counted',
    { ...ONE, ...FAILING },
    rewriting((operation) => {
      if (!isTwinMerge(operation) || operation.op !== 'patch') return operation;
      const { [META.attempts]: _, ...changes } = operation.changes;
      return { ...operation, changes };
    }),
  ),
  mutation(
    'an interruption costs an attempt',
    { ...ONE, outcomes: [DONE, { kind: 'interrupted', delayMs: 0 }], failures: 1 },
    rewriting(returning(false, oneMore)),
  ),
  mutation('a dead letter is not written', { ...ONE, ...FAILING, maxAttempts: 1 }, async (operation, send) =>
    operation.op === 'copy' && operation.to.startsWith(PREFIX.deadLetter)
      ? { kind: 'ok', object: { ...LETTER, generation: '1' } }
      : send(operation),
  ),
  mutation('a write without an answer is taken as done', { ...ONE, ...late('late') }, async (operation, send) => {
    const answer = await send(operation);
    if (operation.op !== 'copy' || (answer as { kind: string }).kind !== 'unknown') return answer;
    return {
      kind: 'ok',
      object: { name: operation.to, generation: '1', metageneration: '1', metadata: operation.metadata },
    };
  }),
  mutation(
    'the delete of a dead letter is not pinned',
    { ...TWO, ...FAILING, enqueues: [], redrives: ['k'], objects: [LETTER], maxAttempts: 1 },
    rewriting(deletesBelow(PREFIX.deadLetter, byNothing)),
  ),
  behaving({ reckless: true }, 'a run begins although the lock has lapsed', TWO),
  behaving({ forgetful: true }, 'the share does not count survivors', { ...SURVIVORS, rounds: [1] }),
];
