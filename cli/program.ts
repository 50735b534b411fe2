import { Command, CommanderError } from 'commander';
import { QueueError } from '../queue/errors.ts';
import { chooseOperator, chooseTarget } from './choose-target.ts';
import type { CliCommand, CliContext } from './command.ts';
import { COMMANDS, DEV, GLOBAL_OPTIONS, GROUPS } from './command-table.ts';
import { EXIT } from './exit-code.ts';
import { Flags } from './flags.ts';
import type { CliHost } from './host.ts';
import type { Target, TargetSettings } from './target.ts';
import { plain } from './terminal-text.ts';

/** How long a request to the bucket is tried, unless `--timeout` says so. */
const TIMEOUT_MS = 30_000;

/** The command `levelset`. Takes the arguments after the program's name; resolves to the exit code. */
export async function runCli(args: readonly string[], host: CliHost): Promise<number> {
  if (args[0] === DEV.name) return host.dev(args.slice(1));
  let exitCode: number = EXIT.ok;
  const program = new Command('levelset')
    .description('a bucket-backed workqueue for reconcilers')
    .helpCommand(true)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: host.out, writeErr: host.err });
  for (const { flags, description } of GLOBAL_OPTIONS) program.option(flags, description);
  const groups = new Map<string, Command>();
  for (const command of COMMANDS) {
    const verb = verbFor(program, groups, command);
    verb.action(async () => {
      const flags = new Flags(verb.optsWithGlobals());
      const opened: Target[] = [];
      exitCode = await answered(host, () => command.run(contextOf(host, verb.args, flags, opened)));
      for (const target of opened) await target[Symbol.asyncDispose]();
    });
  }
  // Shown in help; taken care of above, because its flags are not ours.
  program.command(DEV.name).description(DEV.summary);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}

function verbFor(program: Command, groups: Map<string, Command>, command: CliCommand): Command {
  const [first = '', second] = command.name.split(' ');
  let parent = program;
  if (second !== undefined) {
    parent =
      groups.get(first) ??
      program
        .command(first)
        .description(GROUPS[first] ?? first)
        .exitOverride();
    groups.set(first, parent);
  }
  const verb = parent
    .command(`${second ?? first} ${command.arguments}`.trim())
    .aliases([...(command.aliases ?? [])])
    .description(command.summary)
    .allowExcessArguments(false)
    .exitOverride();
  for (const { flags, description } of command.options) verb.option(flags, description);
  const after = [...(command.notes ?? []), ...(command.examples ?? []).map((line) => `  ${line}`)];
  if (after.length > 0) verb.addHelpText('after', `\n${after.join('\n')}`);
  return verb;
}

function contextOf(host: CliHost, args: readonly string[], flags: Flags, opened: Target[]): CliContext {
  const { clock } = host;
  let settings: TargetSettings | undefined;
  const choose = () => (settings ??= chooseTarget(flags, host));
  const complain = (problem: string) => host.err(`${plain(problem)}\n`);
  const format = flags.on('jsonl') ? 'jsonl' : flags.on('json') ? 'json' : 'text';
  return {
    clock,
    args,
    flags,
    format,
    screen: host.screen,
    columns: host.screen?.size().columns,
    print: (line) => host.out(`${line}\n`),
    complain,
    ask: host.ask,
    lines: host.lines,
    interrupted: host.interrupted,
    operator: () => chooseOperator(host, host.user),
    settings: choose,
    open: async () => {
      const timeoutMs = flags.duration('timeout') ?? TIMEOUT_MS;
      const target = await host.openTarget(choose(), { clock, timeoutMs, complain });
      opened.push(target);
      return target;
    },
  };
}

async function answered(host: CliHost, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    host.err(`error: ${plain(error.message)}${reasonOf(error)}\n`);
    return error.kind === 'invalid' ? EXIT.usage : error.kind === 'unavailable' ? EXIT.unavailable : EXIT.bad;
  }
}

/** What lies under an error of ours, where it says more. */
function reasonOf({ cause, message }: QueueError): string {
  if (!(cause instanceof Error) || message.includes(cause.message)) return '';
  return `: ${plain(cause.message)}`;
}
