import { PREFIX } from '../../../queue/core/layout.ts';
import { DONE, FAILED, LETTER, SURVIVORS, type World, worldOf, type WorldOptions } from './world.ts';

const SUCCESSION: WorldOptions = { enqueues: ['k', 'k'], dispatchers: ['r', 'r'], passes: 1 };
const FAILING: WorldOptions = { outcomes: [DONE, FAILED], failures: 1 };

/** A step is longer than the wait for a refresh. Two are shorter than a lock is trusted, by more than a short wait, or longer. */
const SLOW: WorldOptions = {
  dispatchers: ['r'],
  rounds: [1],
  passes: 2,
  faults: 1,
  faultKinds: ['slow'],
  faultsOn: PREFIX.dispatchers,
};

/** The worlds that are walked to the end, each about one question. Bounds and figures stand in `docs/correctness.md`. */
export const WORLDS: readonly World[] = [
  worldOf('W1', 'one key, two enqueues, two dispatchers of one region, the lock passes on once, one failure', {
    ...SUCCESSION,
    ...FAILING,
  }),
  worldOf('W2', 'one key, two enqueues, two dispatchers, the lock passes on once, one request is late or slow', {
    ...SUCCESSION,
    faults: 1,
    faultKinds: ['late', 'slow'],
  }),
  worldOf('W3', 'one key, three enqueues, one dispatcher, two failures', {
    ...FAILING,
    enqueues: ['k', 'k', 'k'],
    rounds: [4],
    failures: 2,
  }),
  worldOf('W4', 'two keys, two regions, concurrency 1, one failure', {
    ...FAILING,
    enqueues: ['k', 'l'],
    dispatchers: ['a', 'b'],
    concurrency: 1,
  }),
  worldOf('shares', 'two keys, two regions that both start keys, concurrency 2', {
    enqueues: ['k', 'l'],
    dispatchers: ['a', 'b'],
  }),
  worldOf('urgent', 'one key, the second enqueue is more urgent, the lock passes on once, one failure', {
    ...SUCCESSION,
    ...FAILING,
    enqueues: ['k', 'k^5'],
    rounds: [1, 1],
  }),
  worldOf('refresh', 'one key, the lock is refreshed, or not, while time passes in two steps of 20 s', {
    ...SUCCESSION,
    enqueues: ['k'],
    rounds: [1, 1],
    passes: 2,
    passMs: 20_000,
  }),
  worldOf(
    'belief',
    'one key, one dispatcher, one answer about its lock is slow while time passes in two steps of 11 s',
    {
      ...SLOW,
      passMs: 11_000,
    },
  ),
  worldOf(
    'revival',
    'one key, one dispatcher, one answer about its lock is slow while time passes in two steps of 20 s',
    {
      ...SLOW,
      passMs: 20_000,
    },
  ),
  worldOf(
    'survivors',
    'one slot, a key that waits, and another that a lost dispatcher left leased; time passes once, 15 s',
    SURVIVORS,
  ),
  worldOf('borders', 'one key, two regions, each may break the lock of the other', {
    ...SUCCESSION,
    enqueues: ['k'],
    dispatchers: ['a', 'b'],
    rounds: [2, 2],
  }),
  worldOf('refusals', 'one key, two enqueues, two dispatchers, one request is throttled or fails', {
    ...SUCCESSION,
    rounds: [1, 1],
    faults: 1,
    faultKinds: ['throttled', 'failed'],
  }),
  worldOf(
    'letters',
    'a dead letter is redriven, its key is enqueued besides and may die again, the lock passes on once',
    {
      ...SUCCESSION,
      ...FAILING,
      enqueues: ['k'],
      redrives: ['k'],
      objects: [LETTER],
      rounds: [1, 1],
      maxAttempts: 1,
    },
  ),
  worldOf('redriven', 'a dead letter is redriven and may die again, the lock passes on once', {
    ...SUCCESSION,
    ...FAILING,
    enqueues: [],
    redrives: ['k'],
    objects: [LETTER],
    rounds: [1, 1],
    maxAttempts: 1,
  }),
  worldOf('contenders', 'one key, two enqueues, dispatchers look at the queue while another holds the lock', {
    ...SUCCESSION,
    ...FAILING,
    rounds: [1, 1],
    eager: true,
  }),
  worldOf('clocks', 'one key that may die, two regions whose clocks show the same, so that fences may be equal', {
    ...FAILING,
    enqueues: ['k', 'k^5'],
    dispatchers: ['a', 'b'],
    rounds: [2, 2],
    failures: 2,
    maxAttempts: 1,
    oneClock: true,
  }),
  worldOf('glances', 'one key that moves about while somebody asks where it is', {
    ...FAILING,
    looks: ['k'],
    rounds: [3],
    failures: 2,
  }),
];

/** Too large to be exhausted: walked at random, by seed. */
export const LARGE: readonly World[] = [
  worldOf('many', 'two keys, four enqueues, three dispatchers of two regions, three faults of any kind, two failures', {
    ...FAILING,
    enqueues: ['k', 'k^5', 'l', 'k'],
    looks: ['k'],
    dispatchers: ['a', 'a', 'b'],
    concurrency: 3,
    rounds: [3, 3, 3],
    passes: 2,
    failures: 2,
    faults: 3,
    faultKinds: ['late', 'slow', 'throttled', 'failed'],
  }),
  worldOf(
    'restless',
    'three keys, two slots, leases and locks renewed every 20 s, three faults, interruptions and calls back',
    {
      enqueues: ['k', 'l', 'm', 'k'],
      dispatchers: ['a', 'a'],
      concurrency: 2,
      rounds: [3, 3],
      passes: 4,
      passMs: 20_000,
      heartbeatMs: 20_000,
      outcomes: [DONE, FAILED, { kind: 'interrupted', delayMs: 0 }, { kind: 'requeue', delayMs: 60_000, floor: true }],
      failures: 3,
      faults: 3,
      faultKinds: ['late', 'slow', 'throttled', 'failed'],
    },
  ),
];
