import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseOperator, chooseTarget } from '../../cli/choose-target.ts';
import { Flags } from '../../cli/flags.ts';
import { describeTarget } from '../../cli/target.ts';
import { StateFolder } from '../../local/state-folder.ts';
import { LOCAL_ENV } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nowhere = { env: {}, workingFolder: '/nonexistent', homeFolder: '/nonexistent' };
const stackEnv = {
  ...LOCAL_ENV,
  LEVELSET_REGIONS: 'local',
  LEVELSET_CONCURRENCY: '10',
  PUBSUB_EMULATOR_HOST: '127.0.0.1:9',
};

function profiles(value: unknown): NodeJS.ProcessEnv {
  const file = join(temporaryFolder(), 'profiles.json');
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return { LEVELSET_PROFILES: file };
}

const prod = { bucket: 'acme-queue', project: 'acme', topic: 'hints', regions: ['eu', 'us'], concurrency: 100 };

describe('the queue that is meant', () => {
  test('is the stack that runs in this folder', () => {
    const folder = temporaryFolder();
    const state = StateFolder.open(join(folder, '.levelset'), false);
    state.announce(stackEnv);
    const around = { ...nowhere, workingFolder: folder };
    const expected = {
      ...{
        queue: 'demo',
        bucket: 'demo',
        project: 'demo-levelset',
        topic: 'hints',
        regions: ['local'],
        concurrency: 10,
      },
      ...{ storageEndpoint: 'http://127.0.0.1:1', pubsubHost: '127.0.0.1:9', local: true, source: 'local stack' },
    };
    expect(chooseTarget(new Flags({}), around)).toEqual(expected);
    expect(chooseTarget(new Flags({ queue: 'demo' }), around)).toEqual(expected);
    expect(chooseTarget(new Flags({ stack: join(folder, '.levelset') }), nowhere)).toEqual(expected);
    // The environment is stronger, a profile that is not asked for weaker.
    expect(chooseTarget(new Flags({}), { ...around, env: { LEVELSET_BUCKET: 'other' } })).toMatchObject({
      bucket: 'other',
    });
    const env = profiles({ default: 'prod', queues: { prod } });
    expect(chooseTarget(new Flags({}), { ...around, env })).toEqual(expected);
    state[Symbol.dispose]();
    expect(() => chooseTarget(new Flags({}), around)).toThrow('no queue is named');
    expect(() => chooseTarget(new Flags({ stack: folder }), nowhere)).toThrow('no stack runs on this state folder');
  });

  test('is one of the profiles file, by name or by default', () => {
    const env = profiles({ default: 'prod', operator: 'ann@acme', queues: { prod, test: { bucket: 't' } } });
    const around = { ...nowhere, env };
    expect(chooseTarget(new Flags({}), around)).toMatchObject({ ...prod, queue: 'prod', local: false });
    expect(chooseTarget(new Flags({ queue: 'test' }), around)).toMatchObject({
      bucket: 't',
      regions: [],
      local: false,
    });
    expect(() => chooseTarget(new Flags({ queue: 'stage' }), around)).toThrow('known are prod, test): queue="stage"');
    expect(() => chooseTarget(new Flags({ queue: 'constructor' }), around)).toThrow('names no queue');
    expect(chooseOperator(around, 'me@here')).toBe('ann@acme');
    expect(chooseOperator({ ...around, env: { ...env, LEVELSET_OPERATOR: 'bob' } }, 'me@here')).toBe('bob');
    expect(chooseOperator(nowhere, 'me@here')).toBe('me@here');
  });

  test("is a bucket, or an emulator's, by its address", () => {
    const env = { LEVELSET_BUCKET: 'acme-queue', LEVELSET_TOPIC: 'hints', LEVELSET_REGIONS: 'eu,us' };
    expect(chooseTarget(new Flags({ target: 'gs://acme-queue' }), { ...nowhere, env })).toMatchObject({
      topic: 'hints',
    });
    // Hints for another bucket would go to the wrong dispatchers.
    const other = chooseTarget(new Flags({ target: 'gs://other' }), { ...nowhere, env });
    expect(other).toMatchObject({ bucket: 'other', topic: undefined, regions: [] });
    const emulator = chooseTarget(new Flags({ target: 'http://127.0.0.1:4443/b' }), nowhere);
    expect(emulator).toMatchObject({ bucket: 'b', storageEndpoint: 'http://127.0.0.1:4443', local: false });
    expect(describeTarget(emulator)).toBe('queue b (http://127.0.0.1:4443/b, --target)');
    for (const target of ['bucket', 'gs://', 'http://h:1', 's3://b']) {
      expect(() => chooseTarget(new Flags({ target }), nowhere)).toThrow(`target=${JSON.stringify(target)}`);
    }
  });

  test.for([
    ['{', 'is not understood'],
    ['{"queues":{"prod":{}}}', 'bucket'],
    ['{"queues":{"prod":{"bucket":"b","regoins":[]}}}', 'regoins'],
  ] as const)('a profiles file that is wrong says where: %s', ([text, problem]) => {
    expect(() => chooseTarget(new Flags({}), { ...nowhere, env: profiles(text) })).toThrow(problem);
  });

  test('a profiles file that is named has to be there', () => {
    const env = { LEVELSET_PROFILES: '/nonexistent/profiles.json' };
    expect(() => chooseTarget(new Flags({}), { ...nowhere, env })).toThrow(
      'cannot be read: file=/nonexistent/profiles.json',
    );
  });
});

test('moments are spans, times of day, or dates', () => {
  const nowMs = new Date(2026, 0, 31, 14, 0).getTime();
  const at = (until: string) => new Flags({ until }).moment('until', nowMs);
  expect(at('30m')).toBe(nowMs + 1_800_000);
  expect(at('15:00')).toBe(nowMs + 3_600_000);
  expect(at('13:59')).toBe(new Date(2026, 1, 1, 13, 59).getTime());
  expect(at('2027-01-01T00:00:00Z')).toBe(Date.UTC(2027, 0, 1));
  for (const wrong of ['25:00', '12:60', '-5m', 'soon', '2026-01-01']) expect(() => at(wrong)).toThrow(wrong);
});
