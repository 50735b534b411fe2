import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';
import { runLocal } from './program.ts';
import { NO_METADATA_SERVER } from './stack.ts';

// The parent's own clients read it from there.
Object.assign(process.env, NO_METADATA_SERVER);

process.exitCode = await runLocal(process.argv.slice(2), {
  clock: systemClock,
  random: systemRandom,
  env: process.env,
  output: process.stdout,
  complain: (problem) => process.stderr.write(`${problem}\n`),
  workingFolder: process.cwd(),
  packageRoot: fileURLToPath(new URL('..', import.meta.url)),
});
