import { describe, expect, test } from 'vitest';
import { Listing } from '../../cli/listing.ts';
import { cells, fit, plain, safeJson } from '../../cli/terminal-text.ts';
import { reasonOf } from '../../cli/reasons.ts';
import { FailingPrefixes } from '../../cli/top/failing.ts';
import { type Frame, renderFrame } from '../../cli/top/frame.ts';
import { RateMeter } from '../../cli/top/rates.ts';
import { CensusCount } from '../../queue/core/census.ts';
import { decodeEntry } from '../../queue/core/entry.ts';
import type { Key } from '../../queue/core/key.ts';
import { cli, startCli } from '../support/cli.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { ODD_KEYS } from '../support/odd-keys.ts';
import { World } from '../support/world.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const instant = (ms: number) => new Date(ms).toISOString();

test('text is cut and filled to cells, whatever script it is in', () => {
  expect([cells('abc'), cells('日本語'), cells('e\u0301'), cells('🦖')]).toEqual([3, 6, 1, 2]);
  expect(fit('abcdef', 4)).toBe('abc…');
  expect(fit('日本語', 4)).toBe('日… ');
  expect(fit('a', 3, 'right')).toBe('  a');
  for (const key of ODD_KEYS) for (const width of [1, 7, 20]) expect(cells(fit(plain(key), width))).toBe(width);
});

test('JSON is safe for a terminal, and parses to the same value', () => {
  const value = { key: 'a\u202eb\u0085\u001b[31m', nested: ['\u2066'] };
  // oxlint-disable-next-line no-control-regex
  expect(safeJson(value)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(JSON.parse(safeJson(value))).toEqual(value);
});

test('a table keeps to the width of the terminal', () => {
  const lines: string[] = [];
  const context = { print: (line: string) => void lines.push(line), format: 'text', columns: 40 } as const;
  const list = new Listing<string>(
    context,
    [
      { title: 'A', text: (row) => row },
      { title: 'B', text: (row) => row.repeat(30) },
    ],
    (row) => row,
  );
  list.add('abc');
  list.end();
  expect(lines.map(cells)).toEqual([6, 40]);
});

test('errors of one kind have one reason', () => {
  const same = [
    ['quota exceeded for a/17: 403', 'a/17'],
    ['quota exceeded for a/8: 403', 'a/8'],
  ].map(([error, key]) => reasonOf(error!, key!));
  expect(new Set(same).size).toBe(1);
  expect(reasonOf('request 8f14e45f-ceea-467f-a830-5bd1e2b3c4d5 timed out after 1.5 s', 'k')).toBe(
    'request … timed out after … s',
  );
});

describe('top', () => {
  function frameOf(objects: Readonly<Record<string, Record<string, string>>>, rest: Partial<Frame> = {}): Frame {
    const count = new CensusCount(NOW);
    const failing = new FailingPrefixes();
    for (const [name, metadata] of Object.entries(objects)) {
      const counted = count.add({ name, generation: '7', metadata });
      if (counted) failing.add(counted);
    }
    return {
      ...{ queue: 'prod', where: 'gs://prod', census: count.census(), rates: undefined, limit: 10, problem: undefined },
      failing: failing.worst(),
      ...rest,
    };
  }

  const crowded: Record<string, Record<string, string>> = {
    'control/pause': { by: 'ann', reason: 'x'.repeat(300) },
  };
  for (let i = 0; i < 9; i++)
    crowded[`dispatchers/region-${i}`] = { expires: instant(NOW + 20_000), instance: 'i'.repeat(40) };
  for (let i = 0; i < 20; i++) {
    crowded[`in-progress/r${i}`] = { owner: 'region-0/7', fence: String(NOW * 1000) };
    crowded[`queued/日本語${i}/k`] = {
      priority: String(10 ** (i % 5)),
      'last-error': '\u001b[2J'.repeat(100),
      attempts: '1',
    };
    crowded[`dead-letter/d${i}:k`] = { 'last-error': 'boom', 'failed-time': instant(NOW - 1_000) };
  }

  test.for([
    [80, 24],
    [80, 10],
    [40, 24],
    [200, 60],
    [1, 1],
  ] as const)('fits into %i columns and %i rows, whatever there is to show', ([columns, rows]) => {
    const rates = { added: 12_345.6, settled: 0.04, growth: -3 };
    const lines = renderFrame(frameOf(crowded, { rates, problem: 'no answer' }), NOW, { columns, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(cells(line)).toBeLessThanOrEqual(columns);
    // oxlint-disable-next-line no-control-regex
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f]/);
  });

  test('shows counts, ages, rates, priorities, dispatchers and what fails', () => {
    const frame = frameOf(
      {
        'dispatchers/eu': { expires: instant(NOW + 20_000), instance: 'one' },
        'dispatchers/us': { expires: instant(NOW - 20_000), instance: 'two' },
        'in-progress/a': { owner: 'eu/7', fence: String((NOW - 30_000) * 1000), attempts: '3' },
        'in-progress/b': { owner: 'eu/6', fence: String((NOW - 10_000) * 1000) },
        'queued/t/1': { 'first-queued': String(NOW - 185_000), 'last-error': '503', attempts: '2' },
        'queued/t/2': { 'not-before': instant(NOW + 42_000) },
        'dead-letter/t/3': { 'failed-time': instant(NOW - 86_400_000), 'last-error': 'boom' },
      },
      { rates: { added: 1, settled: 20, growth: -0.5 } },
    );
    const screen = renderFrame(frame, NOW, { columns: 80, rows: 24 }).join('\n');
    for (const text of [
      /1 +1 +2\/10 +0 +1 +0/,
      /oldest eligible 3 min 5 s   longest run 30 s   next due in 42 s/,
      /oldest dead letter 24 h   most attempts 3/,
      /added >= 1\.0\/s   settled >= 20\/s   backlog -0\.5\/s   empty in 2 s/,
      /eu +holds +1  one/,
      /us +LAPSED +0  two/,
      /1 leases of nobody/,
      /t\/ +1 +1  boom/,
    ]) {
      expect(screen).toMatch(text);
    }
  });

  test('rates come from what is new, gone or back since the look before', () => {
    const meter = new RateMeter();
    const see = (keys: Readonly<Record<string, string>>) => {
      for (const [key, lastAttempted] of Object.entries(keys)) {
        const { entry } = decodeEntry({ 'last-attempted': lastAttempted });
        meter.add({
          key: key as Key,
          standing: 'eligible',
          entry,
          object: { name: '', generation: '', metadata: {} },
          problems: [],
        });
      }
    };
    see({ a: '1', b: '1', c: '1' });
    expect(meter.end(0)).toBeUndefined();
    see({ a: '1', b: '2', d: '1', e: '1' });
    expect(meter.end(2_000)).toEqual({ added: 1, settled: 1, growth: 0.5 });
  });

  test('prefixes that differ in numbers only are taken together where there are many', () => {
    const failing = (count: number) => {
      const prefixes = new FailingPrefixes();
      for (let i = 0; i < count; i++) {
        const { entry } = decodeEntry({ 'last-error': 'boom' });
        prefixes.add({ key: `tenant-${i}/db` as Key, standing: 'dead', entry });
      }
      return prefixes.worst();
    };
    expect(failing(20).length).toBe(20);
    expect(failing(333)).toEqual([{ prefix: 'tenant-…/', failing: 0, dead: 333, error: 'boom' }]);
  });

  test('draws until q is pressed, shows a failed look, and gives the screen back', async () => {
    const world = new World();
    let written = '';
    let press: (key: string) => void = () => {};
    let listening = false;
    const screen = {
      size: () => ({ columns: 80, rows: 24 }),
      write: (text: string) => void (written += text),
      onKey(callback: (key: string) => void) {
        press = callback;
        listening = true;
        return () => void (listening = false);
      },
    };
    let down = false;
    const store = faultyStore(world.store, () => (down ? 'dropped' : undefined));
    const ended = startCli(world, ['top'], { screen, store });
    await world.clock.advance(100);
    await world.enqueue('k');
    await world.clock.advance(4_100);
    expect(written.match(/levelset top/g)?.length).toBe(3);
    expect(written).toContain('added >= 0.5/s');
    down = true;
    await world.clock.advance(2_000);
    expect(written).toContain('! cannot look, this is of before: the bucket does not answer');
    press('q');
    await world.clock.advance(0);
    expect(await ended).toMatchObject({ exit: 0 });
    expect(written.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(written.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    expect(listening).toBe(false);
  });

  test('--once --json says what a listing says', async () => {
    const world = new World();
    for (let i = 0; i < 1_200; i++) world.bucket.insert(`queued/k${i}`, { metadata: {} }, {});
    world.bucket.insert('in-progress/k3', { metadata: {} }, {});
    const [row] = (await cli(world, ['top', '--once', '--json'])).rows();
    const listed = (await cli(world, ['ls', '--jsonl'])).rows();
    const count = (state: string) => listed.filter((key) => key.state === state).length;
    expect(row).toMatchObject({ eligible: count('eligible'), touched: count('touched'), running: count('running') });
    expect(count('eligible')).toBe(1_199);
  });
});
