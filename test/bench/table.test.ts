import { describe, expect, test } from 'vitest';
import { quantile, renderCell, renderTable, spread, tableJson } from '../../bench/table.ts';

describe('a figure with its noise', () => {
  test('is the middle one and the outermost, whatever the order', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, runs: 3 });
  });

  test('lies between the two middle ones when their number is even', () => {
    expect(spread([1, 2, 4, 8]).median).toBe(3);
  });

  test('of one run shows no noise, which one run cannot have', () => {
    expect(renderCell(spread([1234.5]), 1)).toBe('1,234.5');
    expect(renderCell(spread([1, 2, 3]))).toBe('2 (1–3)');
  });

  test('that there is none of is a dash', () => {
    expect(renderCell(undefined)).toBe('-');
    expect(renderCell(spread([]))).toBe('-');
  });

  test('a quantile lies between its neighbours in proportion', () => {
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(quantile([0, 10], 1)).toBe(10);
  });
});

describe('a table', () => {
  const table = {
    title: 'drain',
    columns: [{ name: 'C' }, { name: 'keys/s', digits: 1 }],
    rows: [
      ['10', 5],
      ['100', 12.34],
    ],
    notes: ['a note'],
  };

  test('is Markdown, words to the left and figures to the right', () => {
    expect(renderTable(table).split('\n')).toEqual([
      '### drain',
      '',
      '| C   | keys/s |',
      '|-----|-------:|',
      '| 10  |    5.0 |',
      '| 100 |   12.3 |',
      '',
      'a note',
      '',
    ]);
  });

  test('is one line of JSON for programs, rows by column names', () => {
    expect(JSON.parse(tableJson(table))).toEqual({
      title: 'drain',
      rows: [
        { C: '10', 'keys/s': 5 },
        { C: '100', 'keys/s': 12.34 },
      ],
      notes: ['a note'],
    });
  });
});
