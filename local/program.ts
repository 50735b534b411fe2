import { isAbsolute, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { exec } from './exec.ts';
import { DEFAULT_FLAGS, parseFlags, type RawFlags } from './options.ts';
import type { Host } from './run-stack.ts';
import { StateFolder, StateFolderError } from './state-folder.ts';
import { chooseWork } from './work.ts';

const EXIT_USAGE = 2;

/** `npm start`, which is also `levelset dev`. Takes the arguments after the program's name; resolves to the exit code. */
export async function runLocal(args: readonly string[], host: Host): Promise<number> {
  let exitCode = 0;
  const program = new Command('levelset dev')
    .description('runs the whole queue on this machine, with the mirror example or a reconciler of yours')
    .option('--source <dir>', 'folder to mirror (without it: docs/ into a temporary folder)')
    .option('--target <dir>', 'folder to be made equal to the source')
    .option('--reconciler <file>', 'a reconciler of yours instead of the mirror')
    .option('--kinds <file>', 'a module of kinds of resources: an API is served for them')
    .option('--api-port <n>', 'where that API is', DEFAULT_FLAGS.apiPort)
    .option('--port-base <n>', 'first of the ports', DEFAULT_FLAGS.portBase)
    .option('--regions <a,b>', 'one dispatcher for each', DEFAULT_FLAGS.regions)
    .option('--concurrency <n>', 'keys that run at once, over all regions', DEFAULT_FLAGS.concurrency)
    .option('--state <dir>', 'where the bucket is kept', DEFAULT_FLAGS.state)
    .option('--fresh', 'start with an empty bucket')
    .option('--tick <seconds>', 'how often the scheduler asks for a sweep', DEFAULT_FLAGS.tick)
    .option('--latency <ms>', 'added to each answer of the bucket', DEFAULT_FLAGS.latency)
    .option('--rate-limit', 'one write a second to one object, as Cloud Storage has it')
    .option('--json', 'print JSON lines')
    .allowExcessArguments(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.output.write(text),
      writeErr: (text) => host.complain(text.trimEnd()),
    })
    .action(async (flags: RawFlags) => {
      exitCode = await start(flags, host);
    });
  program
    .command('exec')
    .description('runs a command with the environment of the running stack, and exits with its code')
    .argument('<command...>')
    .option('--state <dir>', 'state folder of the stack', DEFAULT_FLAGS.state)
    .passThroughOptions()
    .exitOverride()
    .action(async ([command = '', ...args]: string[], { state }: { state: string }) => {
      const stateFolder = isAbsolute(state) ? state : resolve(host.workingFolder, state);
      exitCode = await exec({ stateFolder, command, args, env: host.env, complain: host.complain });
    });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    throw error;
  }
}

async function start(flags: RawFlags, host: Host): Promise<number> {
  const parsed = parseFlags(flags, host.workingFolder);
  if (!parsed.ok) {
    for (const problem of parsed.problems) host.complain(`error: ${problem}`);
    return EXIT_USAGE;
  }
  const { options } = parsed;
  const chosen = await chooseWork(options, host.packageRoot);
  if (!chosen.ok) {
    host.complain(`error: ${chosen.problem}`);
    return EXIT_USAGE;
  }
  try {
    const folder = StateFolder.open(options.stateFolder, options.fresh);
    try {
      // Google's clients take most of a second to load, and only the stack itself needs them.
      const { runStack } = await import('./run-stack.ts');
      return await runStack(options, chosen.work, folder, host);
    } finally {
      folder[Symbol.dispose]();
    }
  } catch (error) {
    if (!(error instanceof StateFolderError)) throw error;
    host.complain(`error: ${error.message}`);
    return 1;
  }
}
