import { describe, expect, test } from 'vitest';
import { type BenchOptions, commandOf, parseOptions } from '../../bench/options.ts';

const KNOWN = ['drain', 'latency'];

describe('the command line of the benches', () => {
  test('without words means all benches, three runs, the latency of Cloud Storage', () => {
    expect(parseOptions([], KNOWN)).toEqual({
      ok: true,
      options: { names: [], json: false, help: false, runs: 3, latencyMs: 30, hintMs: 50, quick: false },
    });
  });

  test('takes names in the order given, and settings anywhere', () => {
    const parsed = parseOptions(['latency', '--json', 'drain', '--latency', '0', '--runs=5'], KNOWN);
    expect(parsed).toMatchObject({ options: { names: ['latency', 'drain'], json: true, latencyMs: 0, runs: 5 } });
  });

  test('one run is enough to see that a bench works', () => {
    expect(parseOptions(['--quick'], KNOWN)).toMatchObject({ options: { quick: true, runs: 1 } });
  });

  test.for([
    [['soup'], 'there is no such bench, only drain, latency: name=soup'],
    [['--runs', '0'], '--runs must be a whole number of at least 1: runs=0'],
    [['--latency', 'fast'], '--latency must be a whole number of at least 0: latency=fast'],
  ] as const)('%j is refused with a sentence', ([args, problem]) => {
    expect(parseOptions(args, KNOWN)).toEqual({ ok: false, problem });
  });

  test.for(['', '--quick', '--quick --runs 3', '--runs 5 --latency 0 --hint 7'])(
    '%j is said again by the command that stands beside a table',
    (flags) => {
      const args = ['drain', ...flags.split(' ').filter((each) => each !== '')];
      const { options } = parseOptions(args, KNOWN) as { options: BenchOptions };
      const again = commandOf('drain', options).split(' ').slice(5);
      expect(parseOptions(['drain', ...again], KNOWN)).toEqual({ ok: true, options });
    },
  );

  test('an option that does not exist is refused', () => {
    expect(parseOptions(['--fast'], KNOWN).ok).toBe(false);
  });
});
