import { Command, CommanderError } from 'commander';
import { ENV } from '../catalogue/environment.ts';
import type { Clock } from '../queue/ports/clock.ts';
import { QueueError } from '../queue/errors.ts';
import { openQueue } from '../services/rpc/client.ts';
import type { CliContext } from './command.ts';
import { COMMANDS } from './command-table.ts';
import { EXIT } from './exit-code.ts';

export interface CliHost {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Runs the local stack with its own arguments; resolves to the exit code. */
  readonly dev: (args: readonly string[]) => Promise<number>;
}

/** The command `levelset`. Takes the arguments after the program's name; resolves to the exit code. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  if (args[0] === 'dev') return host.dev(args.slice(1));
  let exitCode: number = EXIT.ok;
  const program = new Command('levelset')
    .description('a bucket-backed workqueue for reconcilers')
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ writeOut: host.out, writeErr: host.err });
  for (const command of COMMANDS) {
    const verb = program
      .command(`${command.name} ${command.arguments}`.trim())
      .description(command.summary)
      .option('--json', 'answer in JSON lines')
      .allowExcessArguments(false)
      .exitOverride();
    for (const { flags, description } of command.options) verb.option(flags, description);
    verb.action(async () => {
      const { json, ...options } = verb.opts<{ json?: boolean } & Record<string, string | undefined>>();
      exitCode = await answered(contextOf(host, json ?? false), (context) => command.run(verb.args, options, context));
    });
  }
  // Shown in help; taken care of above, because its flags are not ours.
  program.command('dev').description('run the whole queue on this machine (levelset dev --help)');
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}

function contextOf({ env, clock, out, err }: CliHost, json: boolean): CliContext {
  return {
    env,
    clock,
    json,
    print: (line) => out(`${line}\n`),
    complain: (problem) => err(`${problem}\n`),
    openQueue: () => {
      const address = env[ENV.receiver];
      if (!address) throw new QueueError('invalid', `${ENV.receiver} is not set: it must be the address of a receiver`);
      return openQueue({ address });
    },
  };
}

async function answered(context: CliContext, run: (context: CliContext) => Promise<number>): Promise<number> {
  try {
    return await run(context);
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    context.complain(`error: ${error.message}`);
    return error.kind === 'invalid' ? EXIT.usage : error.kind === 'unavailable' ? EXIT.unavailable : EXIT.bad;
  }
}
