import type { Clock } from '../queue/ports/clock.ts';
import type { Queue } from '../services/rpc/client.ts';

/** What a command works with. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** One line of the answer. */
  readonly print: (line: string) => void;
  readonly complain: (problem: string) => void;
  /** Opens the queue that `LEVELSET_RECEIVER` names. Throws `QueueError` `invalid` where it names none. */
  readonly openQueue: () => Queue;
}

export interface CliOption {
  /** As commander writes it: `--priority <n>`. */
  readonly flags: string;
  readonly description: string;
}

/** One verb. Help, parsing and the README's table of commands all come from this. */
export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** As commander writes them: `<key...>`. */
  readonly arguments: string;
  readonly options: readonly CliOption[];
  /** Resolves to the exit code. `QueueError`s are turned into one by the caller. */
  readonly run: (
    args: readonly string[],
    options: Readonly<Record<string, string | undefined>>,
    context: CliContext,
  ) => Promise<number>;
}
