import type { Bench } from './bench.ts';
import { silentJournal } from '../catalogue/events.ts';
import type { Key } from '../queue/core/key.ts';
import { queuedName } from '../queue/core/layout.ts';
import { Receiver } from '../services/receiver/receiver.ts';
import { type RequestCounts, since, total } from './requests.ts';
import { type Cell, spread } from './table.ts';
import { BenchWorld, REGION } from './world.ts';

/** Callers at once, as 64 streams of a client would be. */
const CALLERS = 64;

interface Measured {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly requests: RequestCounts;
  readonly calls: number;
}

/** What a receiver takes in, without the gRPC in front of it; hints go out and cost nothing. */
export const enqueueBench: Bench = {
  summary: 'what a receiver takes in a second: new keys, keys that wait already, one hot key; beside the bare insert',

  run: (options, report) =>
    BenchWorld.using(options, async (world) => {
      const { quick, runs, latencyMs } = options;
      const calls = quick ? 640 : 6_400;
      const receiver = new Receiver({
        context: world.contextWith(silentJournal),
        hints: { publish: async () => {} },
        regions: [REGION],
      });
      const enqueue = (key: string) => receiver.enqueue({ key: key as Key, priority: 0, delaySeconds: 0 });
      const insert = (key: string) => world.store.put(queuedName(key as Key), {}, 'absent');
      const cases: [string, (index: number) => Promise<unknown>][] = [
        ['new keys', (index) => enqueue(`k${index}`)],
        ['keys that wait already', (index) => enqueue(`k${index}`)],
        ['one hot key', () => enqueue('hot')],
        ['the bare insert', (index) => insert(`bare${index}`)],
      ];
      await world.reset();
      await callAll(world, 1_000, (index) => enqueue(`warm ${index}`));
      const measured = cases.map((): Measured[] => []);
      for (let i = 0; i < runs; i++) {
        report.progress(`run ${i + 1} of ${runs}`);
        await world.reset();
        for (const [at, [, call]] of cases.entries()) measured[at]?.push(await callAll(world, calls, call));
      }
      const rows: Cell[][] = cases.map(([name], at) => {
        const all = measured[at] ?? [];
        const per = (of: (counts: RequestCounts) => number) =>
          spread(all.map((each) => of(each.requests) / each.calls));
        return [
          name,
          spread(all.map(({ perSecond }) => perSecond)),
          spread(all.map(({ cpuMicros }) => cpuMicros)),
          per(total),
          per(({ insert, rewrite, patch }) => insert + rewrite + patch),
        ];
      });
      report.table({
        title: `enqueue: ${CALLERS} callers, latency ${latencyMs} ms, ${calls} calls, ${runs} runs`,
        columns: [
          { name: 'calls' },
          { name: 'calls/s' },
          { name: 'CPU µs/call' },
          { name: 'requests/call', digits: 2 },
          { name: 'writes/call', digits: 3 },
        ],
        rows,
        notes: [
          `With ${CALLERS} callers and ${latencyMs} ms no more than ${Math.floor((CALLERS * 1000) / Math.max(latencyMs, 1))} writes/s are possible.`,
        ],
      });
      return true;
    }),
};

async function callAll(world: BenchWorld, calls: number, call: (index: number) => Promise<unknown>): Promise<Measured> {
  const before = await world.counts();
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < calls) await call(next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const tookMs = performance.now() - beganMs;
  const { user, system } = process.cpuUsage(cpu);
  const requests = since(before, await world.counts());
  return { perSecond: (calls * 1000) / tookMs, cpuMicros: (user + system) / calls, requests, calls };
}
