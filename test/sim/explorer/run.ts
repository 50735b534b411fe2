import { systemClock } from '../../../services/runtime/clock.ts';
import { explore, type Violation } from './explore.ts';
import { Sampler } from './sample.ts';
import type { World } from './world.ts';
import { LARGE, WORLDS } from './worlds.ts';

/**
 * `npm run test:explore -- [world ...]`: exhausts worlds by name, or `all`, which is also what no name means.
 * `npm run test:explore -- sample [schedules] [first seed]`: walks the large worlds at random.
 */
const [wanted = 'all', ...more] = process.argv.slice(2);
let failed = false;
if (wanted === 'sample') {
  for (const world of LARGE) await sample(world, Number(more[0] ?? 2_000), Number(more[1] ?? 1));
} else {
  const names = [wanted, ...more];
  const chosen = WORLDS.filter(({ name }) => names.includes('all') || names.includes(name));
  if (chosen.length === 0) {
    console.error(`no such world; there are: ${WORLDS.map(({ name }) => name).join(' ')}`);
    failed = true;
  }
  for (const world of chosen) await exhaust(world);
}
process.exitCode = failed ? 1 : 0;

async function exhaust(world: World): Promise<void> {
  console.log(`${world.name}: ${world.about}`);
  const beganMs = systemClock.monotonic();
  const progress = ({ states, steps, waiting }: { states: number; steps: number; waiting: number }) =>
    console.log(`  ${seconds(beganMs)} s: ${count(states)} states, ${count(steps)} steps, ${count(waiting)} waiting`);
  const found = await explore(world, { progress });
  const schedules = found.schedules < 1e6 ? count(found.schedules) : found.schedules.toExponential(1);
  console.log(
    found.exhausted
      ? `  exhausted in ${seconds(beganMs)} s: ${count(found.states)} states, ${count(found.steps)} steps, ` +
          `${schedules} schedules of up to ${found.depth} steps, ${count(found.drained)} buckets drained`
      : `  stopped after ${count(found.states)} states`,
  );
  if (found.violation) tell(found.violation);
}

async function sample(world: World, schedules: number, firstSeed: number): Promise<void> {
  console.log(`${world.name}: ${world.about}`);
  const beganMs = systemClock.monotonic();
  const { steps, violation, ...walked } = await new Sampler(world).walk(firstSeed, schedules);
  console.log(`  ${count(walked.schedules)} schedules, ${count(steps)} steps in ${seconds(beganMs)} s`);
  if (violation) {
    console.log(`  seed ${violation.seed}`);
    tell(violation);
  }
}

function tell({ problem, trace }: Violation): void {
  failed = true;
  console.log(`\nVIOLATION: ${problem}\n  ${trace.join('\n  ')}\n`);
}

function seconds(sinceMs: number): string {
  return ((systemClock.monotonic() - sinceMs) / 1000).toFixed(0);
}

function count(n: number): string {
  return n.toLocaleString('en');
}
