import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { planOf } from './plan.ts';
import { playRound } from './round.ts';

// As all processes of the stack have it: there is no metadata server here, and looking for one costs seconds and a warning.
process.env['METADATA_SERVER_DETECTION'] = 'none';

test(
  'a short round with one dispatcher killed is played to its end, and breaks no law',
  { timeout: 180_000 },
  async () => {
    const plan = { ...planOf(1, 2_000), writers: 4, strikes: [{ atMs: 500, victim: 'dispatcher-north' }] };
    const report = await playRound(plan, temporaryFolder(), new AbortController().signal);
    expect(report.violations).toEqual([]);
    expect(report.killed).toBe(1);
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report.runs).toBeGreaterThan(0);
  },
);
