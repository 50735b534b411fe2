/**
 * Runs many seeds of the simulation: `npm run test:sim -- --seeds 2000 [--from 1]`. One seed alone: `SEED=7 npm run test:sim`.
 * Ends with 1 at the first seed that breaks a law, and tells its story.
 */
import { parseArgs } from 'node:util';
import { systemClock } from '../../services/runtime/clock.ts';
import { simulate } from './simulation.ts';
import { Violation } from './trace.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '100' }, from: { type: 'string', default: '1' } },
});
const only = process.env.SEED;
const from = Number(only ?? values.from);
const seeds = only === undefined ? Number(values.seeds) : 1;

const beganMs = systemClock.monotonic();
const total = { events: 0, runs: 0, acknowledged: 0, minutes: 0, slowestMs: 0, slowest: 0 };
for (let seed = from; seed < from + seeds; seed++) {
  const seedBeganMs = systemClock.monotonic();
  try {
    const report = await simulate(seed);
    const tookMs = systemClock.monotonic() - seedBeganMs;
    total.events += report.events;
    total.runs += report.runs;
    total.acknowledged += report.acknowledged;
    total.minutes += report.minutes;
    if (tookMs > total.slowestMs) Object.assign(total, { slowestMs: tookMs, slowest: seed });
    if (only !== undefined) console.log(JSON.stringify(report, null, 2));
    else if ((seed - from + 1) % 25 === 0) console.log(`seed ${seed}: ${total.runs} runs, ${total.events} events`);
  } catch (error) {
    console.error(`seed ${seed} breaks a law; replay with SEED=${seed} npm run test:sim`);
    console.error(error instanceof Violation ? error.message : error);
    process.exit(1);
  }
}
const seconds = ((systemClock.monotonic() - beganMs) / 1000).toFixed(1);
const { events, runs, acknowledged, minutes, slowestMs, slowest } = total;
console.log(
  `${seeds} seeds in ${seconds} s, nothing found: ${acknowledged} enqueues acknowledged, ${runs} runs, ${events} events, ` +
    `${(minutes / 60).toFixed(0)} hours of virtual time; slowest seed ${slowest} in ${Math.round(slowestMs)} ms`,
);
