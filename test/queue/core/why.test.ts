import { expect, test } from 'vitest';
import type { Entry } from '../../../queue/core/entry.ts';
import { type Sight, whyNotRunning } from '../../../queue/core/why.ts';

const NOW = Date.UTC(2026, 0, 1, 14, 2, 28);
const entry = (fields: Partial<Entry> = {}): Entry => ({ priority: 0, attempts: 0, unknown: {}, ...fields });
const inMs = (ms: number) => ({ notBeforeMs: NOW + ms });
const around = { ahead: 0, running: 3, limit: 10, working: 1 };
const old = entry({ firstQueuedMs: NOW - 180_000 });
const held = entry({ owner: 'eu/7', attempts: 2, fence: (NOW - 12_000) * 1000 });
const lock = { generation: '7', expiresMs: NOW + 20_000, instance: 'i' };
const pause = { by: 'ann', reason: 'bad deploy' };

const table: readonly (readonly [Partial<Sight>, string])[] = [
  [{}, 'not in the queue: it was never queued, is done, or was dropped'],
  [
    { queued: entry({ ...inMs(42_000), floor: true }) },
    'waiting until 2026-01-01 14:03:10 UTC (in 42 s): a floor set by its reconciler, which enqueues do not bring forward',
  ],
  [{ queued: entry(inMs(42_000)) }, 'waiting until 2026-01-01 14:03:10 UTC (in 42 s), as it was asked for'],
  [
    {
      queued: entry({ ...inMs(42_000), attempts: 4, lastError: '503 from api', lastAttemptedSeconds: NOW / 1000 - 12 }),
    },
    'waiting until 2026-01-01 14:03:10 UTC (in 42 s): attempt 4 failed 12 s ago: "503 from api"',
  ],
  [
    { queued: entry({ ...inMs(42_000), lastError: 'no connection', lastAttemptedSeconds: NOW / 1000 - 12 }) },
    'waiting until 2026-01-01 14:03:10 UTC (in 42 s): not started 12 s ago: "no connection"',
  ],
  [
    { queued: old, around: { ...around, running: 10, ahead: 4 } },
    'eligible for 3 min, queue full: 10 of 10 running, 4 before it',
  ],
  [{ queued: old, around }, 'eligible for 3 min, 3 of 10 running, nothing before it: it should start at any moment'],
  [
    { queued: old, around: { ahead: 2, running: 3, working: 1 } },
    'eligible for 3 min, 3 running, 2 before it: it should start at any moment',
  ],
  [
    { queued: old, around: { ...around, running: 0, working: 0 } },
    'eligible for 3 min, but no dispatcher is at work: ticks do not reach a dispatcher, or it cannot start: levelset doctor',
  ],
  [
    { queued: entry({ firstQueuedMs: NOW - 5_000 }), around: { ...around, running: 0, working: 0 } },
    'eligible for 5 s, but no dispatcher is at work: the next tick wakes one within a minute',
  ],
  [{ queued: old, pause }, 'queue paused by ann: "bad deploy", until somebody resumes it; the key could run otherwise'],
  [
    { queued: entry(inMs(90_000)), pause: { ...pause, untilMs: NOW + 60_000 } },
    'queue paused by ann: "bad deploy", until 2026-01-01 14:03:28 UTC (in 1 min); and the key itself waits until 2026-01-01 14:03:58 UTC (in 1 min 30 s)',
  ],
  [{ leased: held, lock }, 'running for 12 s in eu, attempt 2'],
  [
    { leased: held, lock, queued: entry() },
    'running for 12 s in eu, attempt 2, and queued again: it runs once more after that',
  ],
  [{ leased: held, lock, pause }, 'running for 12 s in eu, attempt 2 (the queue is paused; what runs may finish)'],
  [
    { leased: held, lock: { ...lock, generation: '8' } },
    'leased for 12 s, but its dispatcher is lost: the key is given back within a minute of the next tick',
  ],
  [
    { leased: entry({ owner: 'go-dispatcher', attempts: 1, leaseExpirationMs: NOW + 60_000 }) },
    'running by go-dispatcher, attempt 1',
  ],
  [
    { letter: entry({ cause: 'rejected', attempts: 1, failedMs: NOW - 7_200_000, lastError: 'no such bucket' }) },
    'dead since 2026-01-01 12:02:28 UTC (2 h ago): rejected by its reconciler: "no such bucket"',
  ],
  [{ letter: entry({ cause: 'exhausted', attempts: 100 }) }, 'dead: given up after 100 attempts'],
  [
    { letter: entry({ attempts: 9, redrivenMs: NOW - 60_000 }) },
    'redriven 2026-01-01 14:01:28 UTC (1 min ago), but neither queued nor running since: it was dropped, or is just moving',
  ],
];

test.for(table)('%o', ([sight, sentence]) => {
  expect(whyNotRunning({ nowMs: NOW, ...sight })).toBe(sentence);
});
