import { execFileSync } from 'node:child_process';
import type { Bench } from './bench.ts';
import { bullmq } from './peers/bullmq.ts';
import { graphileWorker } from './peers/graphile-worker.ts';
import { load, type OpenPeer, type Peer } from './peers/peer.ts';
import { pgBoss } from './peers/pg-boss.ts';
import { startServer } from './peers/servers.ts';
import { levelset } from './peers/levelset.ts';
import { type Cell, quantile, spread } from './table.ts';

const PEERS: readonly Peer[] = [bullmq, graphileWorker, pgBoss];
/** Callers that add, one job after the other each. */
const CALLERS = 64;
/** Between two jobs of which each finds the queue at rest. */
const REST_MS = 1_200;

interface Measured {
  readonly addedPerSecond: number;
  readonly processedPerSecond: number;
  readonly idleMs: readonly number[];
}

/** What users would otherwise pick. They need a server that is always on. */
export const peers: Bench = {
  summary:
    'BullMQ, graphile-worker and pg-boss where they and their servers are installed, beside ours; says what it skips',

  async run({ quick, runs, latencyMs, hintMs }, report) {
    const jobs = quick ? 1_000 : 10_000;
    const samples = quick ? 5 : 20;
    const measure = async (name: string, keys: number, open: Open): Promise<Cell[]> => {
      const all: Measured[] = [];
      for (let i = 0; i < runs; i++) {
        report.progress(`${name}: ${i + 1} of ${runs}`);
        all.push(await measureOne(open, keys, samples));
      }
      return cells(name, all);
    };
    const rows: Cell[][] = [];
    for (const peer of PEERS) {
      const missing = await whatIsMissing(peer);
      if (missing.length > 0) {
        const skipped = `${peer.name}: skipped, not installed: ${missing.join(', ')}`;
        report.progress(skipped);
        rows.push([skipped]);
        continue;
      }
      rows.push(await measure(peer.name, jobs, onServer(peer)));
    }
    for (const times of [
      { latencyMs: 0, hintMs: 0 },
      { latencyMs, hintMs },
    ]) {
      const name = `ours, bucket at ${times.latencyMs} ms, hints at ${times.hintMs} ms`;
      rows.push(await measure(name, jobs, (onJob) => levelset(times, onJob)));
    }
    report.table({
      title: `peers: ${jobs} jobs that do nothing, deduplication key, ${CALLERS} callers, 100 at once, ${runs} runs`,
      columns: [
        { name: 'queue' },
        { name: 'add/s' },
        { name: 'process/s' },
        { name: 'idle p50 ms', digits: 1 },
        { name: 'idle p99 ms', digits: 1 },
      ],
      rows,
      notes: [
        `Idle: ${samples} jobs a run, each ${REST_MS} ms after the last one, from the call of add to the beginning of the job.`,
        'Redis keeps all in memory and Postgres commits to disk, as they come; graphile-worker fetches and completes many at once; pg-boss polls each half second, a hundred at once.',
        'The peers are installed by `npm install --prefix bench/peers`; redis-server and postgres have to be on the path.',
      ],
    });
    return true;
  },
};

/** Opens a queue that nothing else has used; `onJob` is told of each job when it begins. */
type Open = (onJob: (key: string) => void) => Promise<OpenPeer>;

function onServer(peer: Peer): Open {
  return async (onJob) => {
    const server = await startServer(peer.server);
    const opened = await peer.open(server.port, onJob);
    return {
      ...opened,
      async close() {
        await opened.close();
        await server.stop();
      },
    };
  };
}

async function measureOne(open: Open, jobs: number, samples: number): Promise<Measured> {
  const seen = new Map<string, number>();
  let wake = () => {};
  const queue = await open((key) => {
    seen.set(key, performance.now());
    wake();
  });
  const until = async (reached: () => boolean) => {
    while (!reached()) await new Promise<void>((resolve) => (wake = resolve));
  };
  try {
    const addingMs = performance.now();
    let next = 0;
    const caller = async () => {
      while (next < jobs) await queue.add(`job-${next++}`);
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const workingMs = performance.now();
    await queue.work();
    await until(() => seen.size === jobs);
    const doneMs = performance.now();
    const idleMs: number[] = [];
    for (let i = 0; i < samples; i++) {
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
      const key = `idle-${i}`;
      const calledMs = performance.now();
      await queue.add(key);
      await until(() => seen.has(key));
      idleMs.push((seen.get(key) ?? Number.NaN) - calledMs);
    }
    return {
      addedPerSecond: (jobs * 1000) / (workingMs - addingMs),
      processedPerSecond: (jobs * 1000) / (doneMs - workingMs),
      idleMs: idleMs.sort((a, b) => a - b),
    };
  } finally {
    await queue.close();
  }
}

function cells(name: string, all: readonly Measured[]): Cell[] {
  return [
    name,
    spread(all.map(({ addedPerSecond }) => addedPerSecond)),
    spread(all.map(({ processedPerSecond }) => processedPerSecond)),
    spread(all.map(({ idleMs }) => quantile(idleMs, 0.5))),
    spread(all.map(({ idleMs }) => quantile(idleMs, 0.99))),
  ];
}

async function whatIsMissing(peer: Peer): Promise<string[]> {
  const missing: string[] = [];
  for (const name of peer.packages) await load(name).catch(() => missing.push(name));
  return isThere(peer.server) ? missing : [...missing, peer.server];
}

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
