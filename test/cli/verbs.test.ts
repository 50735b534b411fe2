import { describe, expect, test } from 'vitest';
import { ODD_KEYS } from '../support/odd-keys.ts';
import { cli, startCli } from '../support/cli.ts';
import { World } from '../support/world.ts';

const instant = (ms: number) => new Date(ms).toISOString();

/** Dead letters of three reasons, in thirds. */
function letters(count: number): World {
  const world = new World();
  const errors = ['quota exceeded for project', 'schema version', 'no such bucket'];
  for (let i = 0; i < count; i++) {
    const metadata = {
      'last-error': `${errors[i % 3]} ${i}`,
      cause: i % 3 === 2 ? 'exhausted' : 'rejected',
      attempts: i % 3 === 2 ? '100' : '1',
      'failed-time': instant(world.clock.now() - (i + 1) * 60_000),
      priority: '00000001',
    };
    world.bucket.insert(`dead-letter/t${i % 5}/k${i}`, { metadata }, {});
  }
  return world;
}

describe('add', () => {
  test('queues keys and tells the dispatcher', async () => {
    const world = new World();
    world.dispatcher();
    expect(await cli(world, ['add', 'a', 'b', '--priority', '7'])).toMatchObject({
      exit: 0,
      out: 'queued a\nqueued b\n',
    });
    expect(world.started.toSorted()).toEqual(['a', 'b']);
    expect(world.calls[0]?.priority).toBe(7);
  });

  test('keeps keys as they are, whatever they are', async () => {
    const world = new World();
    const added = await cli(world, ['add', '--json', '--', ...ODD_KEYS]);
    expect([added.exit, added.err]).toEqual([0, '']);
    const { rows } = await cli(world, ['ls', '--jsonl']);
    expect(new Set(rows().map(({ key }) => key))).toEqual(new Set(ODD_KEYS));
    for (const key of ODD_KEYS)
      expect((await cli(world, ['get', '--json', '--', key])).rows()[0]).toMatchObject({ key });
  });

  test('takes 10,000 keys from a file, counts them before, and says which line is wrong', async () => {
    const world = new World();
    const files = { keys: Array.from({ length: 10_000 }, (_, i) => `k${i}`), wrong: ['a', '', '..'] };
    const answered = await cli(world, ['add', '--from', 'keys', '--delay', '1h'], { files, answer: 'y' });
    expect(answered).toMatchObject({ exit: 0, out: '10000 queued, 0 merged, 0 unchanged\n' });
    expect(answered.asked[0]).toContain('queue 10000 keys in queue demo');
    expect((await cli(world, ['top', '--once', '--json'])).rows()[0]).toMatchObject({ waiting: 10_000, eligible: 0 });
    const wrong = await cli(world, ['add', '--from', 'wrong', '--yes'], { files });
    expect(wrong).toMatchObject({ exit: 2, err: expect.stringContaining('line 3: key may not be "." or ".."') });
  });

  test('says that a floor holds, and lifts it when told to', async () => {
    const world = new World();
    world.dispatcher();
    const notBefore = instant(world.clock.now() + 3_600_000);
    world.bucket.insert('queued/k', { metadata: { 'not-before': notBefore, 'not-before-floor': 'true' } }, {});
    const held = await cli(world, ['add', 'k', '--now']);
    expect(held.out).toContain('k waits for a floor until 2026-01-01T01:00:00.000Z (--over-floor lifts it)');
    await world.pass(120_000);
    expect(world.started).toEqual([]);
    await cli(world, ['add', 'k', '--now', '--over-floor']);
    expect(world.started).toEqual(['k']);
  });

  test.each([
    [{ kind: 'done' } as const, 0, 'k: done'],
    [{ kind: 'failed', error: '503 from api' } as const, 1, 'k: failed: 503 from api; again at'],
    [{ kind: 'rejected', reason: 'no such thing' } as const, 1, 'k: dead: no such thing'],
    [{ kind: 'requeue', delayMs: 60_000, floor: false } as const, 0, 'k: asked to be called again; again at'],
  ])('--wait tells the outcome %o', async (outcome, exit, line) => {
    const world = new World();
    world.dispatcher();
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(2_000, resolve));
      return outcome;
    };
    const answered = await cli(world, ['add', 'k', '--wait']);
    expect(answered.exit).toBe(exit);
    expect(answered.out).toContain(`queued k\n${line}`);
  });

  test('--wait waits for the run that was asked for, not for one that was under way', async () => {
    const world = new World();
    world.dispatcher();
    let runs = 0;
    world.handler = async () => {
      const run = ++runs;
      await new Promise<void>((resolve) => world.clock.after(3_000, resolve));
      return run === 1 ? { kind: 'done' } : { kind: 'rejected', reason: 'the second run' };
    };
    await world.enqueue('k');
    await world.clock.advance(1_000);
    expect(await cli(world, ['add', 'k', '--wait'])).toMatchObject({
      exit: 1,
      out: expect.stringContaining('the second run'),
    });
    expect(runs).toBe(2);
  });

  test('is no worse for a topic that is gone: the key is queued, and it says so', async () => {
    const world = new World();
    expect(await cli(world, ['add', 'k'], { publishFails: true })).toMatchObject({ exit: 0 });
    expect(world.names('queued/')).toEqual(['queued/k']);
    expect(world.told('hint.failed').length).toBe(1);
  });
});

describe('ls', () => {
  function mixed(): World {
    const world = letters(6);
    const nowMs = world.clock.now();
    world.bucket.insert(
      'in-progress/run',
      { metadata: { owner: 'a/1', attempts: '3', fence: String((nowMs - 5_000) * 1000) } },
      {},
    );
    world.bucket.insert('queued/run', { metadata: { 'first-queued': String(nowMs) } }, {});
    world.bucket.insert('queued/now', { metadata: { 'first-queued': String(nowMs - 700_000), attempts: '5' } }, {});
    world.bucket.insert('queued/later', { metadata: { 'not-before': instant(nowMs + 42_000) } }, {});
    return world;
  }
  const keysOf = async (world: World, ...args: string[]) =>
    (await cli(world, ['ls', '--jsonl', ...args])).rows().map(({ key, state }) => `${String(state)} ${String(key)}`);

  test('lists those that run, then the queued ones, then the dead', async () => {
    expect(await keysOf(mixed())).toEqual([
      'running run',
      'waiting later',
      'eligible now',
      'touched run',
      ...['t0/k0', 't0/k5', 't1/k1', 't2/k2', 't3/k3', 't4/k4'].map((key) => `dead ${key}`),
    ]);
  });

  test('by state, prefix, age, attempts, error and limit', async () => {
    const world = mixed();
    expect(await keysOf(world, '--state', 'eligible,waiting')).toEqual(['waiting later', 'eligible now']);
    expect(await keysOf(world, '--prefix', 't0/')).toEqual(['dead t0/k0', 'dead t0/k5']);
    expect(await keysOf(world, '--state', 'eligible,running', '--older', '10m')).toEqual(['eligible now']);
    expect(await keysOf(world, '--attempts', '3-5')).toEqual(['running run', 'eligible now']);
    expect(await keysOf(world, '--error', 'QUOTA')).toEqual(['dead t0/k0', 'dead t3/k3']);
    expect(await keysOf(world, '--limit', '2')).toEqual(['running run', 'waiting later']);
  });

  test('is a table on a terminal, tabs in a pipe, an array with --json', async () => {
    const world = mixed();
    const table = (await cli(world, ['ls', '--state', 'eligible,running'], { columns: 100 })).out;
    expect(table.split('\n')).toEqual([
      'KEY  STATE             AGE  PRIORITY  ATTEMPTS  DETAIL',
      'run  running           5 s         0         3  by a/1',
      'now  eligible  11 min 40 s         0         5',
      '',
    ]);
    expect((await cli(world, ['ls', '--state', 'running'])).out).toBe('run\trunning\t5 s\t0\t3\tby a/1\n');
    expect(JSON.parse((await cli(world, ['ls', '--json'])).out)).toHaveLength(10);
    expect(JSON.parse((await cli(world, ['ls', '--prefix', 'none', '--json'])).out)).toEqual([]);
  });

  test('shows nothing that a terminal would act upon', async () => {
    const world = new World();
    const hostile = { 'last-error': '\u001b[31mred\u001b[0m \u202eesrever\u2066', attempts: '1' };
    world.bucket.insert('queued/a\u202eb', { metadata: hostile }, {});
    world.bucket.insert('dead-letter/a\u202eb', { metadata: hostile }, {});
    world.bucket.insert('control/pause', { metadata: { reason: '\u001b]0;title\u0007', by: '\u202eann' } }, {});
    // oxlint-disable-next-line no-control-regex
    const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;
    for (const args of [
      ['ls'],
      ['get', 'a\u202eb'],
      ['dead', 'ls'],
      ['dead', 'ls', '--by-reason'],
      ['dead', 'show', 'a\u202eb'],
      ['top', '--once'],
      ['doctor'],
      ['drop', 'a\u202eb', '--dry-run'],
    ]) {
      for (const format of [[], ['--json'], ['--jsonl']]) {
        const { out, err } = await cli(world, [...args, ...format], { columns: 80 });
        expect(out).toContain('a\\u202eb'.slice(0, 1));
        expect(unsafe.test(out + err), `${args.join(' ')} ${format.join(' ')}: ${JSON.stringify(out + err)}`).toBe(
          false,
        );
      }
    }
    const [row] = (await cli(world, ['ls', '--jsonl'])).rows();
    expect(row?.key).toBe('a\u202eb');
  });
});

describe('get', () => {
  test('says why a key is not running, and exits with 1 when it is nowhere', async () => {
    const world = new World();
    world.bucket.insert('control/pause', { metadata: { by: 'ann', reason: 'bad deploy' } }, {});
    await cli(world, ['add', 'k']);
    const paused = await cli(world, ['get', 'k']);
    expect(paused.exit).toBe(0);
    expect(paused.out).toContain('k: queue paused by ann: "bad deploy", until somebody resumes it');
    const nowhere = await cli(world, ['get', 'other']);
    expect(nowhere).toMatchObject({ exit: 1, out: expect.stringContaining('not in the queue') });
  });

  test('counts what is before an eligible key', async () => {
    const world = new World();
    const add = (key: string, priority: string, ageMs: number) =>
      world.bucket.insert(
        `queued/${key}`,
        { metadata: { priority, 'first-queued': String(world.clock.now() - ageMs) } },
        {},
      );
    add('k', '00000001', 5_000);
    add('higher', '00000002', 1_000);
    add('older', '00000001', 9_000);
    add('younger', '00000001', 1_000);
    add('lower', '00000000', 90_000);
    world.bucket.insert('in-progress/x', { metadata: { owner: 'a/1' } }, {});
    world.bucket.insert(
      'dispatchers/a',
      { metadata: { expires: instant(world.clock.now() + 20_000), instance: 'i' } },
      {},
    );
    const env = { LEVELSET_BUCKET: 'b', LEVELSET_CONCURRENCY: '1' };
    const { out } = await cli(world, ['get', 'k'], { env });
    expect(out).toContain('k: eligible for 5 s, queue full: 1 of 1 running, 2 before it');
  });

  test('--watch tells each change until the key is gone', async () => {
    const world = new World();
    world.dispatcher();
    world.handler = async () => {
      await new Promise<void>((resolve) => world.clock.after(3_500, resolve));
      return { kind: 'done' };
    };
    world.bucket.insert('queued/k', { metadata: {} }, {});
    const watching = startCli(world, ['get', 'k', '--watch']);
    await world.clock.advance(2_500);
    world.tick();
    await world.clock.advance(10_000);
    const { exit, out } = await watching;
    expect(exit).toBe(0);
    expect(out).toMatch(/k: eligible[^]*k: running[^]*k: not in the queue/);
    expect(out.match(/^k:/gm)?.length).toBe(3);
  });

  test('links a real queue to its logs and trace', async () => {
    const world = new World();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    world.bucket.insert('queued/k', { metadata: { traceparent } }, {});
    const { out } = await cli(world, ['get', 'k'], { env: { LEVELSET_BUCKET: 'b', LEVELSET_PROJECT: 'acme' } });
    expect(out).toContain('https://console.cloud.google.com/logs/query;query=jsonPayload.key%3D%22k%22?project=acme');
    expect(out).toContain(`project=acme&tid=${'a'.repeat(32)}`);
  });
});

describe('dead letters', () => {
  test('are counted by reason, whatever numbers and keys are in it', async () => {
    const { rows } = await cli(letters(500), ['dead', 'ls', '--by-reason', '--jsonl']);
    expect(rows()).toEqual([
      { letters: 167, cause: 'rejected', reason: 'quota exceeded for project …', example: 't0/k0' },
      { letters: 167, cause: 'rejected', reason: 'schema version …', example: 't0/k10' },
      { letters: 166, cause: 'exhausted', reason: 'no such bucket …', example: 't0/k110' },
    ]);
  });

  test('of one reason are redriven at a rate, counted before, and run', async () => {
    const world = letters(500);
    world.dispatcher();
    const beganMs = world.clock.monotonic();
    const answered = await cli(world, ['dead', 'redrive', '--error', 'quota', '--rate', '20/s'], { answer: 'y' });
    expect(answered).toMatchObject({ exit: 0, out: 'redriven 167 of 167\n' });
    expect(answered.asked[0]).toContain('redrive 167 dead letters at 20/s, which takes 8 s, in queue demo');
    expect(world.clock.monotonic() - beganMs).toBeGreaterThanOrEqual((166 * 1000) / 20);
    await world.pass(2_000);
    expect(world.calls.length).toBe(167);
    expect(world.names('dead-letter/').length).toBe(333);
    const [record] = (await cli(world, ['audit', '--jsonl'])).rows();
    expect(record).toMatchObject({
      verb: 'dead redrive',
      target: 'error="quota" rate=20/s',
      count: 167,
      result: 'redriven 167 of 167',
    });
  });

  test('are redriven by key; one that is not there exits with 1', async () => {
    const world = letters(3);
    expect(await cli(world, ['dead', 'redrive', 't1/k1', '--yes'])).toMatchObject({ exit: 0 });
    expect(world.metadata('queued/t1/k1')).toMatchObject({ attempts: '0', priority: '00000001' });
    expect(world.metadata('dead-letter/t1/k1')).toHaveProperty('redriven');
    expect((await cli(world, ['dead', 'ls', '--jsonl'])).rows().map(({ key }) => key)).toEqual(['t0/k0', 't2/k2']);
    expect((await cli(world, ['dead', 'ls', '--redriven', '--jsonl'])).rows().length).toBe(3);
    expect(await cli(world, ['dead', 'redrive', 'nope', '--yes'])).toMatchObject({ exit: 1 });
  });

  test('a redrive that is interrupted says how to go on, and the same line does', async () => {
    const world = letters(90);
    const stop = new AbortController();
    const line = ['dead', 'redrive', '--all', '--yes', '--rate', '10/s'];
    const redriving = startCli(world, line, { signal: stop.signal });
    await world.clock.advance(3_000);
    stop.abort();
    await world.clock.advance(1_000);
    const cut = await redriving;
    expect(cut).toMatchObject({
      exit: 3,
      out: expect.stringMatching(/^redriven 3\d, then stopped: run the same line again/),
    });
    const rest = await cli(world, line);
    expect(rest.exit).toBe(0);
    const counts = [cut.out, rest.out].map((out) => Number(/redriven (\d+)/.exec(out)?.[1]));
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(90);
    expect((await cli(world, line)).out).toBe('redriven 0\n');
  });

  test('are shown and dropped', async () => {
    const world = letters(12);
    expect((await cli(world, ['dead', 'show', 't2/k2'])).out).toMatch(
      /cause +exhausted\nlast error +no such bucket 2\nattempts +100/,
    );
    expect((await cli(world, ['dead', 'get', 't2/k2', '--json'])).rows()[0]).toMatchObject({ cause: 'exhausted' });
    expect((await cli(world, ['dead', 'show', 'nope'])).exit).toBe(1);
    const dropped = await cli(world, ['dead', 'drop', '--cause', 'exhausted', '--older', '4m'], { answer: 'yes' });
    expect(dropped).toMatchObject({ exit: 0, out: 'dropped 3 dead letters\n' });
    expect(dropped.asked[0]).toContain('drop 3 dead letters for good');
    expect(world.names('dead-letter/').length).toBe(9);
    expect((await cli(world, ['dead', 'drop', 'nope', '--yes'])).exit).toBe(1);
  });
});

describe('queued keys', () => {
  test('are dropped one by one, and never more than was seen', async () => {
    const world = new World();
    world.bucket.insert('queued/k', { metadata: {} }, {});
    world.bucket.insert('in-progress/r', { metadata: {} }, {});
    expect(await cli(world, ['drop', 'k', '--yes'])).toMatchObject({ exit: 0, out: 'dropped 1 queued key\n' });
    expect(world.names('queued/')).toEqual([]);
    expect(await cli(world, ['drop', 'k', '--yes'])).toMatchObject({
      exit: 1,
      err: expect.stringContaining('not queued'),
    });
    expect(await cli(world, ['drop', 'r', '--yes'])).toMatchObject({
      exit: 1,
      err: expect.stringContaining('release'),
    });
  });

  test('are drained by filter: what was counted, and nothing that was touched since', async () => {
    const world = new World();
    for (let i = 0; i < 2_500; i++) {
      world.bucket.insert(`queued/${i % 2 ? 'gone' : 'stay'}/${i}`, { metadata: { 'first-queued': '1' } }, {});
    }
    const answered = await cli(world, ['drain', '--prefix', 'gone/'], { answer: 'y' });
    expect(answered).toMatchObject({ exit: 0, out: 'dropped 1250 queued keys\n' });
    expect(answered.asked[0]).toContain('drop 1250 queued keys in queue demo');
    expect((await cli(world, ['ls', '--jsonl', '--prefix', 'gone/'])).rows()).toEqual([]);
    expect((await cli(world, ['drain', '--older', '1m', '--yes'])).out).toBe('dropped 1250 queued keys\n');
  });
});

describe('pause and resume', () => {
  test('stop and start the queue, and say so everywhere', async () => {
    const world = new World();
    world.dispatcher();
    expect((await cli(world, ['pause', '--until', '30m', '--reason', 'bad deploy', '--yes'])).out).toBe(
      'paused until 2026-01-01 00:30:00 UTC (in 30 min)\n',
    );
    await cli(world, ['add', 'k']);
    await world.pass(600_000);
    expect(world.started).toEqual([]);
    expect((await cli(world, ['top', '--once'])).out).toContain('PAUSED by ann@laptop, 20 min left: bad deploy');
    expect((await cli(world, ['doctor'])).out).toContain('BAD   pause: the queue is paused until');
    expect((await cli(world, ['resume', '--yes'])).out).toBe('resumed (was paused by ann@laptop)\n');
    await world.clock.advance(3_000);
    expect(world.started).toEqual(['k']);
    expect((await cli(world, ['resume', '--yes'])).out).toBe('was not paused\n');
  });
});

test('release aborts the run and queues the key again', async () => {
  const world = new World();
  world.handler = () => undefined;
  world.dispatcher();
  await world.enqueue('k');
  await world.clock.settle();
  const answered = await cli(world, ['release', 'k', '--yes', '--json']);
  expect(answered.rows()[0]).toMatchObject({ key: 'k', released: true });
  await world.pass(14_000);
  expect(world.calls[0]?.signal.aborted).toBe(true);
  await world.pass(30_000);
  expect(world.calls.length).toBe(2);
  expect(await cli(world, ['release', 'nope', '--yes'])).toMatchObject({ exit: 1, err: 'not running: key="nope"\n' });
});

test('audit tells who did what since when', async () => {
  const world = new World();
  await cli(world, ['pause', '--reason', 'old', '--yes']);
  await world.clock.advance(3_600_000);
  await cli(world, ['resume', '--reason', 'new', '--yes'], {
    env: { LEVELSET_BUCKET: 'b', LEVELSET_OPERATOR: 'bob' },
  });
  const verbs = async (...args: string[]) =>
    (await cli(world, ['audit', '--jsonl', ...args])).rows().map(({ verb }) => verb);
  expect(await verbs()).toEqual(['pause', 'resume']);
  expect(await verbs('--since', '30m')).toEqual(['resume']);
  expect(await verbs('--by', 'ann')).toEqual(['pause']);
  expect(await verbs('--verb', 'resume')).toEqual(['resume']);
  expect((await cli(world, ['audit'], { columns: 80 })).out).toMatch(
    /ago\)  ann@laptop  pause the queue\n {4}because: old\n {4}result: paused until it is resumed\n/,
  );
});
