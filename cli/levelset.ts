#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '../services/runtime/clock.ts';
import { runCli } from './program.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  clock: systemClock,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  async dev(args) {
    // Only who runs the stack pays for loading it.
    const { runLocal } = await import('../local/program.ts');
    const { NO_METADATA_SERVER } = await import('../local/stack.ts');
    Object.assign(process.env, NO_METADATA_SERVER);
    return runLocal(args, {
      clock: systemClock,
      random: systemRandom,
      env: process.env,
      output: process.stdout,
      complain: (problem) => process.stderr.write(`${problem}\n`),
      workingFolder: process.cwd(),
      packageRoot: fileURLToPath(new URL('..', import.meta.url)),
    });
  },
});
