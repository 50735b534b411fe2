/**
 * The reconciler of the chaos rounds, a process of its own. It writes what it is asked to run, and when it is through, into a file
 * that outlives it: each line is with the operating system before the run goes on.
 */
import { openSync, writeSync } from 'node:fs';
import { systemClock } from '../../services/runtime/clock.ts';
import { done, enqueue, requeueAfter } from '../../services/reconciler/answer.ts';
import { defineReconciler } from '../../services/reconciler/reconciler.ts';
import { serve } from '../../services/reconciler/serve.ts';
import { wait } from '../support/real-time.ts';
import { Dice } from '../sim/dice.ts';
import type { RunLine } from './evidence.ts';

const descriptor = openSync(process.env.CHAOS_RUNS ?? 'runs.ndjson', 'a');
const dice = new Dice(Number(process.env.CHAOS_SEED) + process.pid);
let last = 0;

function tell(line: RunLine): void {
  writeSync(descriptor, `${JSON.stringify(line)}\n`);
}

await serve(
  defineReconciler(async ({ key, attempt, fence, signal }) => {
    const run = `${process.pid}/${last++}`;
    tell({ what: 'began', run, atMs: systemClock.now(), pid: process.pid, key, attempt, fence });
    const runMs = dice.chance(0.05) ? dice.between(2_000, 12_000) : dice.spread(2, 500);
    await wait(runMs, undefined, { signal }).catch(() => undefined);
    const how = signal.aborted
      ? 'aborted'
      : dice.weigh({ done: 80, failed: 6, requeued: 6, spread: dice.chance(0.5) ? 4 : 0 });
    // Before the answer: what the lease's end is compared with.
    tell({ what: 'ended', run, atMs: systemClock.now(), how });
    if (how === 'failed') throw new Error('as the dice fell');
    if (how === 'requeued') return requeueAfter('1s');
    if (how === 'spread') return enqueue([`${key}'`.slice(-3)]);
    return done();
  }),
);
