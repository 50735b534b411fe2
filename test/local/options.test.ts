import { expect, test } from 'vitest';
import { DEFAULT_FLAGS, parseFlags, type RawFlags } from '../../local/options.ts';

const parse = (flags: Partial<RawFlags> = {}) => parseFlags({ ...DEFAULT_FLAGS, ...flags }, '/home/ann');

function problemsOf(flags: Partial<RawFlags>): readonly string[] {
  const parsed = parse(flags);
  return parsed.ok ? [] : parsed.problems;
}

test('the defaults are accepted, and paths are below the working folder', () => {
  expect(parse({ source: 'a', target: '/b' })).toMatchObject({
    ok: true,
    options: {
      portBase: 7070,
      regions: ['local'],
      concurrency: 10,
      stateFolder: '/home/ann/.levelset',
      tickMs: 10_000,
      source: '/home/ann/a',
      target: '/b',
    },
  });
});

test.each<[Partial<RawFlags>, string]>([
  [{ portBase: 'abc' }, '--port-base must be a whole number from 1024 to 65000: port-base=abc'],
  [{ portBase: '80' }, 'port-base=80'],
  [{ concurrency: '0' }, 'concurrency=0'],
  [{ concurrency: '1.5' }, '--concurrency must be a whole number from 1 to 10000: concurrency=1.5'],
  [{ concurrency: '' }, 'concurrency='],
  [{ concurrency: '1', regions: 'a,b' }, '--concurrency must be at least the number of regions (2): concurrency=1'],
  [{ regions: '' }, 'regions='],
  [{ regions: 'a,,b' }, 'regions=a,,b'],
  [{ regions: 'a/b' }, 'regions=a/b'],
  [{ regions: 'a,a' }, '--regions may not name one twice: regions=a,a'],
  [{ tick: '0' }, 'tick=0'],
  [{ tick: '-1' }, 'tick=-1'],
  [{ latency: '1e9' }, 'latency=1e9'],
  [{ state: '' }, '--state must name a path'],
  [{ source: 'a' }, '--source needs --target'],
  [{ target: 'a' }, '--target needs --source'],
])('%j is refused by a sentence that names the rule and the value', (flags, problem) => {
  expect(problemsOf(flags).join('\n')).toContain(problem);
});

test('all problems are told at once', () => {
  expect(problemsOf({ portBase: 'x', concurrency: 'y', tick: 'z' })).toHaveLength(3);
});

test('a tick may be a fraction of a second', () => {
  expect(parse({ tick: '0.5' })).toMatchObject({ options: { tickMs: 500 } });
});
