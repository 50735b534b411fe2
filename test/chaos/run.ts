/**
 * Real processes, killed and stopped at random under load: `npm run test:chaos [-- --rounds 20] [--seed N] [--storm SECONDS] [--keep]`.
 * Ends with 1 at the first round that breaks a law, says which, and where everything it saw is kept.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../services/runtime/clock.ts';
import { planOf } from './plan.ts';
import { playRound } from './round.ts';

// As all processes of the stack have it: there is no metadata server here, and looking for one costs seconds and a warning.
process.env.METADATA_SERVER_DETECTION = 'none';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    storm: { type: 'string', default: '20' },
    keep: { type: 'boolean', default: false },
  },
});
const [rounds, first, stormMs] = [Number(values.rounds), Number(values.seed), Number(values.storm) * 1000];
if (![rounds, first, stormMs].every((value) => Number.isSafeInteger(value) && value > 0)) {
  console.error('--rounds, --seed and --storm (in seconds) must be whole numbers above 0');
  process.exit(2);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

for (let round = 1; round <= rounds && !stop.signal.aborted; round++) {
  const seed = first + round - 1;
  const plan = planOf(seed, stormMs);
  const folder = mkdtempSync(join(tmpdir(), `levelset-chaos-${seed}-`));
  const beganMs = systemClock.monotonic();
  const report = await playRound(plan, folder, stop.signal).catch((error: unknown) => {
    console.error(
      `round ${round}/${rounds} seed ${seed}: could not be played; what was seen is kept in ${folder}`,
      error,
    );
    return process.exit(1);
  });
  if (stop.signal.aborted) {
    rmSync(folder, { recursive: true, force: true });
    console.error(`interrupted in round ${round} of seed ${seed}`);
    process.exit(130);
  }
  const seconds = ((systemClock.monotonic() - beganMs) / 1000).toFixed(0);
  const { acknowledged, refused, runs, killed, stopped, recovered, drainMs } = report;
  console.log(
    `round ${round}/${rounds} seed ${seed}: ${killed} killed, ${stopped} stopped; ${acknowledged} enqueues acknowledged, ` +
      `${refused} not; ${runs} runs under a limit of ${plan.concurrency}, ${recovered} keys recovered, ` +
      `drained in ${(drainMs / 1000).toFixed(1)} s; ${report.violations.length} violations; ${seconds} s`,
  );
  if (report.violations.length > 0) {
    for (const violation of report.violations.slice(0, 20)) console.error(`  ${violation}`);
    if (report.violations.length > 20) console.error(`  and ${report.violations.length - 20} more`);
    console.error(`again: npm run test:chaos -- --seed ${seed}; logs, bucket history and runs are kept in ${folder}`);
    process.exit(1);
  }
  if (values.keep) console.log(`  kept in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
