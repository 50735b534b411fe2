import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentJournal } from '../catalogue/events.ts';
import type { QueueContext } from '../queue/context.ts';
import { hintMessage, type HintMessage, tickMessage } from '../queue/core/hint.ts';
import type { Key } from '../queue/core/key.ts';
import { enqueue } from '../queue/enqueue.ts';
import { Bucket } from '../queue/stores/bucket.ts';
import { memoryStore } from '../queue/stores/memory.ts';
import { Dispatcher } from '../services/dispatcher/dispatcher.ts';
import { DEFAULT_SETTINGS } from '../services/dispatcher/settings.ts';
import { parseTrigger } from '../services/dispatcher/trigger.ts';
import type { Answer, ReconcilerCaller } from '../services/rpc/reconciler-port.ts';
import { ManualClock } from '../services/testing/manual-clock.ts';
import { seededRandom } from '../services/testing/seeded-random.ts';
import type { Bench } from './bench.ts';
import { slope } from './slope.ts';
import type { Cell } from './table.ts';

const MINUTES = 30;
const PER_SECOND = 50;
const LATENCY_MS = 30;
const REGION = 'soak';

/**
 * Half an hour of steady work in virtual time, with a bucket in this process: all outcomes, keys that come back, keys touched while
 * they run. What the heap holds after each tenth of it, collected first, should be the same.
 */
export const soak: Bench = {
  summary: `${MINUTES} virtual minutes at ${PER_SECOND} keys/s with failures and callbacks: the heap stays flat`,

  async run({ quick }, report) {
    const minutes = quick ? 5 : MINUTES;
    const collect = collector();
    const world = soakWorld();
    const rows: Cell[][] = [];
    const beganMs = performance.now();
    for (let minute = 0; minute <= minutes; minute++) {
      if (minute % Math.max(1, minutes / 10) === 0) {
        collect();
        const { heapUsed } = process.memoryUsage();
        const wallSeconds = (performance.now() - beganMs) / 1000;
        rows.push([minute, world.calls(), world.resident(), heapUsed / 1e6, wallSeconds]);
      }
      report.progress(`minute ${minute} of ${minutes}, heap ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB`);
      if (minute < minutes) await world.minute();
    }
    await world.stop();
    // What is there to stay is there by then: code that was compiled, the letters of the first minutes.
    const settled = rows.slice(Math.floor(rows.length / 2));
    const heaps = settled.map((row) => Number(row[3]));
    const perHour = 60 * slope(settled.map((row) => [Number(row[0]), Number(row[3])]));
    report.table({
      title: `soak: ${minutes} virtual minutes, ${PER_SECOND} enqueues/s, C=20`,
      columns: [
        { name: 'minute' },
        { name: 'Process calls' },
        { name: 'objects in the bucket' },
        { name: 'heap MB, collected', digits: 1 },
        { name: 'real s', digits: 1 },
      ],
      rows,
      notes: [
        `In the second half the heap lies between ${Math.min(...heaps).toFixed(1)} and ${Math.max(...heaps).toFixed(1)} MB, slope ${perHour.toFixed(2)} MB an hour. The bucket is in the same heap: letters and delayed keys come and go.`,
      ],
    });
    return true;
  },
};

function soakWorld() {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const bucket = new Bucket({ clock });
  const store = memoryStore({ bucket, clock, latencyMs: LATENCY_MS });
  const context: QueueContext = { store, clock, random, journal: silentJournal };
  let calls = 0;
  const reconciler: ReconcilerCaller = {
    process: () => {
      calls++;
      return new Promise((resolve) => clock.after(20 + 400 * random.unit(), () => resolve(answer(random.unit()))));
    },
    close() {},
  };
  const deliver = (message: HintMessage) => {
    const trigger = parseTrigger(message);
    if (trigger.ok) dispatcher.trigger(trigger.value).catch(() => undefined);
  };
  const dispatcher = new Dispatcher({
    context,
    settings: {
      ...DEFAULT_SETTINGS,
      queue: 'soak',
      region: REGION,
      regions: [REGION],
      concurrency: 20,
      retry: { ...DEFAULT_SETTINGS.retry, maxAttempts: 3 },
    },
    reconciler,
    publish: async (message) => void clock.after(50, () => deliver(message)),
  });

  async function call(): Promise<void> {
    // A few hundred keys come again and again, most come once.
    const key = (random.unit() < 0.2 ? `hot ${Math.floor(random.unit() * 300)}` : `once ${random.id()}`) as Key;
    const { kind, object } = await enqueue(context, { key, priority: 0, delaySeconds: random.unit() < 0.05 ? 90 : 0 });
    if (kind !== 'deduplicated') clock.after(50, () => deliver(hintMessage({ key, ...object }, REGION)));
  }

  return {
    calls: () => calls,
    resident: () => bucket.size,
    async minute() {
      deliver(tickMessage);
      for (let i = 0; i < 60 * PER_SECOND; i++) {
        void call();
        await clock.advance(1000 / PER_SECOND);
      }
      // Letters are dropped by an operator now and then, or they would be the growth.
      const letters = bucket.list({ prefix: 'dead-letter/' });
      if (letters.kind === 'page') for (const { name } of letters.objects) bucket.delete(name);
    },
    async stop() {
      const stopped = dispatcher.stop(0);
      await clock.advance(1_000);
      await stopped;
    },
  };
}

function answer(chance: number): Answer {
  if (chance < 0.02) return { started: true, outcome: { kind: 'failed', error: 'as the dice fell' } };
  if (chance < 0.021) return { started: true, outcome: { kind: 'rejected', reason: 'as the dice fell' } };
  if (chance < 0.1) return { started: true, outcome: { kind: 'requeue', delayMs: 5_000, floor: false } };
  return { started: true, outcome: { kind: 'done' } };
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
