import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PREFIX } from '../../queue/core/layout.ts';
import { sleep } from '../../queue/ports/clock.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { BucketHistory } from './bucket-history.ts';
import { type Evidence, type RunLine, runsOf } from './evidence.ts';
import { violations } from './laws.ts';
import { enqueueUntil } from './load.ts';
import { LOCK_MARGIN_MS, type Plan, type Strike } from './plan.ts';
import { System } from './system.ts';

/** No expectation about speed: locks lapse, backoffs end, long runs end within a small part of it. */
const DRAIN_LIMIT_MS = 90_000;

export interface Report {
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly refused: number;
  readonly runs: number;
  readonly killed: number;
  readonly stopped: number;
  readonly recovered: number;
  readonly drainMs: number;
}

/**
 * One round: the stack under load, struck as planned; then calm, until it has drained; then the laws. All that was seen stays in
 * `folder`. The signal ends it early: all processes are gone when it returns.
 */
export async function playRound(plan: Plan, folder: string, signal: AbortSignal): Promise<Report> {
  writeFileSync(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  writeFileSync(join(folder, 'runs.ndjson'), '');
  const history = new BucketHistory(join(folder, 'state/storage/journal.ndjson'));
  const over = new AbortController();
  const followed = history.follow(systemClock, over.signal);
  const struck = { killed: 0, stopped: 0 };
  let load: Awaited<ReturnType<typeof enqueueUntil>> = { acknowledged: [], refused: 0 };
  let drainMs = 0;
  const problems: string[] = [];
  const system = await System.open(plan, folder);
  const abandon = () => system.killAll();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    const calm = new AbortController();
    const loading = enqueueUntil(calm.signal, plan, system);
    await strikeAll(plan, system, struck, signal);
    calm.abort();
    load = await loading;
    const calmMs = systemClock.monotonic();
    await eventually('the queue has drained', () => signal.aborted || isEmpty(system), DRAIN_LIMIT_MS, 250).catch(
      (error: unknown) => problems.push(String(error)),
    );
    drainMs = systemClock.monotonic() - calmMs;
  } finally {
    await system[Symbol.asyncDispose]();
    signal.removeEventListener('abort', abandon);
    over.abort();
    await followed;
    writeLines(join(folder, 'log.ndjson'), system.records);
  }
  const lines = readFileSync(join(folder, 'runs.ndjson'), 'utf8').split('\n').filter(Boolean);
  const runs = runsOf(
    lines.map((line) => JSON.parse(line) as RunLine),
    system.reconcilerDeaths,
  );
  const evidence: Evidence = {
    ...load,
    runs,
    bucket: history.written,
    concurrency: plan.concurrency,
    lockMarginMs: LOCK_MARGIN_MS,
  };
  writeLines(join(folder, 'bucket.ndjson'), evidence.bucket);
  writeLines(join(folder, 'acknowledged.ndjson'), evidence.acknowledged);
  return {
    violations: signal.aborted ? [] : [...problems, ...violations(evidence)],
    acknowledged: load.acknowledged.length,
    refused: load.refused,
    runs: runs.length,
    ...struck,
    recovered: system.records.filter(({ event }) => event === 'key.recovered').length,
    drainMs,
  };
}

/** Resolves when the last strike is over and all processes go on. */
async function strikeAll(
  plan: Plan,
  system: System,
  struck: { killed: number; stopped: number },
  signal: AbortSignal,
): Promise<void> {
  const strike = async ({ atMs, victim, stopMs }: Strike) => {
    await sleep(systemClock, atMs, signal);
    if (signal.aborted) return;
    const pid = system.signal(victim, stopMs === undefined ? 'SIGKILL' : 'SIGSTOP');
    if (pid === undefined) return;
    struck[stopMs === undefined ? 'killed' : 'stopped']++;
    if (stopMs === undefined) return;
    await sleep(systemClock, stopMs, signal);
    system.wake(pid);
  };
  await Promise.all([...plan.strikes.map(strike), sleep(systemClock, plan.stormMs, signal)]);
}

async function isEmpty({ store }: System): Promise<boolean> {
  try {
    for (const prefix of [PREFIX.queued, PREFIX.inProgress]) {
      if ((await store.list({ prefix, maxResults: 1 })).objects.length > 0) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function writeLines(file: string, lines: readonly object[]): void {
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
