import { describe, expect, test } from 'vitest';
import { COMMANDS, DEV } from '../../cli/command-table.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { cli, CLOUD_ENV } from '../support/cli.ts';
import { World } from '../support/world.ts';

test('help names every verb', async () => {
  const { exit, out } = await cli(new World(), ['help']);
  expect(exit).toBe(0);
  const { out: dead } = await cli(new World(), ['dead', '--help']);
  for (const { name, summary } of [...COMMANDS, DEV]) {
    const [first, second] = name.split(' ');
    const text = (second === undefined ? out : dead).replace(/\s+/g, ' ');
    expect(text).toContain(` ${second ?? first}`);
    expect(text).toContain(summary.replace(/\s+/g, ' '));
  }
});

test('version', async () => {
  expect(await cli(new World(), ['version'])).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^levelset \d+\.\d+\.\d+\n$/),
  });
  expect(JSON.parse((await cli(new World(), ['version', '--json'])).out)).toMatchObject({ name: 'levelset' });
});

test('dev is npm start', async () => {
  expect((await cli(new World(), ['dev', '--source', 'a', '--json'])).exit).toBe(5);
});

describe('a wrong line exits with 2 and names the rule and the value', () => {
  test.each([
    [['no-such-verb'], 'unknown command'],
    [['add'], 'no key is named'],
    [['get'], 'missing required argument'],
    [['get', 'a', 'b'], 'too many arguments'],
    [['add', 'a', '--prority', '1'], 'unknown option'],
    [['add', 'a', '--priority', 'high'], '--priority must be a whole number from 0 to 99999999: priority="high"'],
    [['add', 'a', '--priority', '100000000'], 'priority="100000000"'],
    [['add', 'a', '--delay', 'soon'], 'delay="soon"'],
    [['add', 'a', '--delay', '400d'], 'at most a year'],
    [['add', 'a', '--now', '--delay', '5m'], 'contradict'],
    [['add', 'a', 'b', '--wait'], '--wait waits for one key'],
    [['add', 'a', '--from', 'file'], 'not both'],
    [['add', '..'], '"." or ".."'],
    [['get', 'a\nb'], 'control character'],
    [['ls', '--state', 'sleeping'], 'state="sleeping"'],
    [['ls', '--older', '3 days'], 'older="3 days"'],
    [['ls', '--attempts', '9-3'], 'attempts="9-3"'],
    [['ls', '--limit', '0'], 'limit="0"'],
    [['dead', 'redrive'], 'an empty filter is refused'],
    [['dead', 'redrive', '--prefix', ''], 'an empty filter is refused'],
    [['dead', 'drop'], 'an empty filter is refused'],
    [['drain'], 'an empty filter is refused'],
    [['dead', 'redrive', 'a', '--prefix', 'b'], 'not both'],
    [['dead', 'redrive', '--all', '--prefix', 'b'], '--all goes with no filter'],
    [['dead', 'redrive', '--all', '--rate', '0'], 'rate="0"'],
    [['dead', 'redrive', '--all', '--rate', 'fast'], 'rate="fast"'],
    [['pause', '--until', 'tomorrow'], 'until="tomorrow"'],
    [['pause', '--until', '2020-01-01T00:00:00Z'], 'must lie in the future'],
    [['pause', '--reason', ' '], '--reason may not be empty'],
    [['top', '--every', '1ms'], '--every must be at least 200ms'],
    [['completion', 'powershell'], 'shell="powershell"'],
  ])('%j', async (args, problem) => {
    const answered = await cli(new World(), args);
    expect(answered).toMatchObject({ exit: 2, out: '' });
    expect(answered.err).toContain(problem);
  });
});

test('without a queue the line cannot be carried out, and it says what to do', async () => {
  expect(await cli(new World(), ['get', 'a'], { env: {} })).toMatchObject({
    exit: 2,
    err: expect.stringContaining('no queue is named: start a stack here (npm start), set LEVELSET_BUCKET'),
  });
});

test.each([[['get', 'a']], [['ls']], [['top', '--once']], [['doctor']], [['audit']], [['dead', 'ls']]])(
  'a bucket that does not answer exits with 3: %j',
  async (args) => {
    const world = new World();
    const store = faultyStore(world.store, () => 'dropped');
    const answered = await cli(world, args, { store });
    expect(answered.exit).toBe(3);
    expect(answered.err).toContain('error: the bucket does not answer');
  },
);

describe('every verb that changes something', () => {
  const lines = [
    ['add', 'k'],
    ['dead', 'redrive', 'k'],
    ['dead', 'drop', 'k'],
    ['release', 'k'],
    ['pause'],
    ['resume'],
    ['drop', 'k'],
    ['drain', '--all'],
  ];
  /** A world in which each of them finds something to do. */
  function busy(): World {
    const world = new World();
    for (const name of ['queued/k', 'in-progress/k', 'dead-letter/k']) world.bucket.insert(name, { metadata: {} }, {});
    return world;
  }
  const contents = (world: World) => JSON.stringify(world.names().map((name) => [name, world.metadata(name)]));

  test.each(lines)('%s %s needs a reason on a queue that is not local, and does nothing without', async (...args) => {
    const world = busy();
    const before = contents(world);
    const answered = await cli(world, [...args, '--yes'], { env: CLOUD_ENV });
    expect(answered).toMatchObject({ exit: 2, err: expect.stringContaining('--reason is required') });
    expect(answered.err).toContain('queue prod (gs://prod-queue');
    expect(contents(world)).toBe(before);
  });

  test.each(lines)('%s %s with --dry-run says what would be done, and does nothing', async (...args) => {
    const world = busy();
    const before = contents(world);
    const answered = await cli(world, [...args, '--dry-run'], { env: CLOUD_ENV });
    expect(answered).toMatchObject({ exit: 0, out: expect.stringMatching(/^would .* in queue prod/) });
    expect(contents(world)).toBe(before);
  });

  test.each(lines.filter(([verb]) => verb !== 'add'))('%s %s asks, and takes no for an answer', async (...args) => {
    const world = busy();
    const before = contents(world);
    for (const answer of ['', 'n', 'nope']) {
      const answered = await cli(world, args, { answer });
      expect(answered).toMatchObject({ exit: 1, err: 'nothing was done\n' });
      expect(answered.asked).toEqual([expect.stringMatching(/ in queue demo .*\? \[y\/N\] $/)]);
    }
    expect(contents(world)).toBe(before);
  });

  test.each(lines.filter(([verb]) => verb !== 'add'))(
    '%s %s wants --yes where nobody can be asked',
    async (...args) => {
      const world = busy();
      const before = contents(world);
      expect(await cli(world, args)).toMatchObject({ exit: 2, err: expect.stringContaining('--yes is required') });
      expect(contents(world)).toBe(before);
    },
  );

  test.each(lines)('%s %s leaves a record of who and why, with what came of it', async (...args) => {
    const world = busy();
    const reason = ['--reason', 'INC-7', '--yes'];
    const answered = await cli(world, [...args, ...reason], { env: { ...CLOUD_ENV, LEVELSET_OPERATOR: 'bob@acme' } });
    expect([answered.exit, answered.err]).toEqual([0, '']);
    const [record] = (await cli(world, ['audit', '--jsonl'], { env: CLOUD_ENV })).rows();
    const verb = args[0] === 'dead' ? args.slice(0, 2).join(' ') : args[0];
    expect(record).toMatchObject({ verb, by: 'bob@acme', reason: 'INC-7', result: expect.stringMatching(/./) });
  });

  test.each(lines)('%s %s answers --json with one document', async (...args) => {
    const answered = await cli(busy(), [...args, '--yes', '--json']);
    expect(typeof JSON.parse(answered.out)).toBe('object');
    expect(answered.exit).toBe(0);
  });

  test.each(lines)('%s %s does nothing where the record cannot be written', async (...args) => {
    const world = busy();
    const before = contents(world);
    const store = faultyStore(world.store, (operation, name) =>
      operation === 'put' && name.startsWith('audit/') ? 'dropped' : undefined,
    );
    const answered = await cli(world, [...args, '--yes'], { store });
    expect(answered).toMatchObject({ exit: 3, err: expect.stringContaining('nothing was done') });
    expect(contents(world)).toBe(before);
  });
});
