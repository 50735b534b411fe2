import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { LogRecord } from '../../local/log-record.ts';
import { CRASH_LOOP, restartDelayMs } from '../../local/restart-delay.ts';
import type { ProcessSpec } from '../../local/stack.ts';
import { Supervisor } from '../../local/supervisor.ts';
import { systemClock } from '../../services/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive } from '../support/local-stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const READY = `console.log(JSON.stringify({ event: 'ready' }));`;
const STAYS = `setInterval(() => {}, 1000);`;
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

function world(stopMs = 5_000, prepare: (times: number) => Promise<void> = async () => {}) {
  const folder = temporaryFolder();
  const records: (LogRecord & { process: string })[] = [];
  const supervisor = new Supervisor({
    clock: systemClock,
    packageRoot,
    env: process.env,
    stopMs,
    onRecord: (process, record) => records.push({ ...record, process }),
    onReady: async (name) => {
      records.push({ process: name, event: 'test.ready' });
      await prepare(records.filter(({ event }) => event === 'test.ready').length);
    },
  });
  onTestFinished(() => supervisor.killAll());
  const spec = (name: string, code: string, startsAt = 0, stopsAt = 0): ProcessSpec => {
    const file = join(folder, `${name}.mjs`);
    writeFileSync(file, code);
    return { name, file, env: {}, startsAt, stopsAt };
  };
  const events = (event: string) => records.filter((record) => record.event === event);
  const pid = () => Number(events('process.ready').at(-1)?.pid);
  return { supervisor, records, spec, events, pid };
}

test('starts in order, each step when the one before is ready, and stops in its own order', async () => {
  const w = world();
  await w.supervisor.start([w.spec('second', READY + STAYS, 1, 0), w.spec('first', READY + STAYS, 0, 1)]);
  expect(w.events('test.ready').map(({ process }) => process)).toEqual(['first', 'second']);
  await w.supervisor.stop();
  expect(w.events('process.stopped').map(({ process }) => process)).toEqual(['second', 'first']);
});

test('a process that was killed is started again', async () => {
  const w = world();
  await w.supervisor.start([w.spec('one', READY + STAYS)]);
  const before = w.pid();
  process.kill(before, 'SIGKILL');
  await eventually('it runs again', () => w.events('process.ready').length === 2);
  expect(w.pid()).not.toBe(before);
  expect(w.events('process.exited')).toMatchObject([{ how: 'signal SIGKILL', restartInMs: 0 }]);
  await w.supervisor.stop();
  expect(isAlive(w.pid())).toBe(false);
});

test('a process that was killed while it was being prepared is started again, and prepared again', async () => {
  const w = world(5_000, (times) => (times === 1 ? new Promise(() => {}) : Promise.resolve()));
  const started = w.supervisor.start([w.spec('one', READY + STAYS)]);
  await eventually('it is being prepared', () => w.events('test.ready').length === 1);
  process.kill(w.pid(), 'SIGKILL');
  await started;
  expect(w.events('process.ready')).toHaveLength(2);
  await w.supervisor.stop();
});

test('a process that never becomes ready fails the start, with what it said last', async () => {
  const w = world();
  const start = w.supervisor.start([w.spec('broken', `console.error('port 1 is taken'); process.exit(3);`)]);
  await expect(start).rejects.toThrow(/broken does not start \(exit code 3, \d times\)[^]*port 1 is taken/);
  expect(w.events('process.exited')).toHaveLength(CRASH_LOOP - 1);
});

test('a process that ignores SIGTERM is killed when its time is up', async () => {
  const w = world(50);
  await w.supervisor.start([w.spec('stubborn', `process.on('SIGTERM', () => {});${READY}${STAYS}`)]);
  await w.supervisor.stop();
  expect(w.events('process.stopped')).toMatchObject([{ how: expect.stringContaining('killed') }]);
  expect(isAlive(w.pid())).toBe(false);
});

test('lines that are no records are shown as they are', async () => {
  const w = world();
  await w.supervisor.start([w.spec('talks', `console.log('hello'); console.log('{"no": "event"}');${READY}${STAYS}`)]);
  expect(w.events('process.output').map(({ text }) => text)).toEqual(['hello', '{"no": "event"}']);
  await w.supervisor.stop();
});

test('the first restart is immediate, later ones wait longer and longer, up to ten seconds', () => {
  expect([0, 1, 2, 3, 4, 20].map(restartDelayMs)).toEqual([0, 0, 250, 500, 1000, 10_000]);
});
