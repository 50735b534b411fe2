import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { runCli } from '../../cli/program.ts';
import { describeState } from '../../cli/commands/get.ts';
import { COMMANDS } from '../../cli/command-table.ts';
import { parseKey } from '../../queue/core/key.ts';
import { systemClock } from '../../services/runtime/clock.ts';

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  let out = '';
  let err = '';
  const dev: string[][] = [];
  const exit = await runCli(args, {
    env,
    clock: systemClock,
    out: (text) => (out += text),
    err: (text) => (err += text),
    dev: async (rest) => {
      dev.push([...rest]);
      return 5;
    },
  });
  return { exit, out, err, dev };
}

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

test('help names every verb', async () => {
  const { exit, out } = await run(['help']);
  expect(exit).toBe(0);
  for (const { name, summary } of [...COMMANDS, { name: 'dev', summary: '' }]) {
    expect(out).toContain(`  ${name}`);
    expect(out.replace(/\s+/g, ' ')).toContain(summary);
  }
});

test('version', async () => {
  expect(await run(['version'])).toMatchObject({ exit: 0, out: expect.stringMatching(/^levelset \d+\.\d+\.\d+\n$/) });
  expect(JSON.parse((await run(['version', '--json'])).out)).toMatchObject({ name: 'levelset' });
});

test('dev is npm start: all that follows is passed on', async () => {
  expect(await run(['dev', '--source', 'a', '--json'])).toMatchObject({ exit: 5, dev: [['--source', 'a', '--json']] });
});

test.each([
  [['no-such-verb'], 'unknown command'],
  [['add'], 'missing required argument'],
  [['get', 'a', 'b'], 'too many arguments'],
  [['add', 'a', '--prority', '1'], 'unknown option'],
  [['add', 'a', '--priority', 'high'], 'priority=high'],
  [['add', 'a', '--delay', 'soon'], 'soon'],
  [['add', '..'], '"." or ".."'],
  [['get', 'a\nb'], 'control character'],
])('a wrong line exits with 2 and names the rule: %j', async (args, problem) => {
  expect(await run(args, { LEVELSET_RECEIVER: '127.0.0.1:1' })).toMatchObject({
    exit: 2,
    err: expect.stringContaining(problem),
  });
});

test('without a receiver the line cannot be carried out', async () => {
  expect(await run(['get', 'a'])).toMatchObject({
    exit: 2,
    err: expect.stringContaining('LEVELSET_RECEIVER is not set'),
  });
});

test('a receiver that does not answer exits with 3', async () => {
  const env = { LEVELSET_RECEIVER: `127.0.0.1:${await closedPort()}` };
  expect(await run(['get', 'a'], env)).toMatchObject({ exit: 3, err: expect.stringContaining('not available') });
});

test('the state of a key reads as one line', () => {
  const key = parseKey('a b');
  if (!key.ok) throw new Error(key.problem);
  const nowMs = Date.UTC(2026, 0, 1, 12);
  const state = { key: key.value, status: 'queued', priority: 3, attempts: 1, queuedMs: nowMs - 90_000 } as const;
  expect(describeState(state, nowMs)).toBe(
    'a b  queued, priority 3, attempts 1, queued 2026-01-01T11:58:30.000Z (90 s ago)',
  );
  expect(describeState({ ...state, notBeforeMs: nowMs + 300_000 }, nowMs)).toContain(
    'a b  waiting, priority 3, attempts 1, queued 2026-01-01T11:58:30.000Z (90 s ago), not before 2026-01-01T12:05:00.000Z (in 5 min)',
  );
});
