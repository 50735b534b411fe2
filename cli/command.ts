import type { Clock } from '../queue/ports/clock.ts';
import type { Flags } from './flags.ts';
import type { Screen } from './host.ts';
import type { Target, TargetSettings } from './target.ts';

/** What a command works with. */
export interface CliContext {
  readonly clock: Clock;
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly format: 'text' | 'json' | 'jsonl';
  /** Width of the terminal that is printed to; absent where it is none. */
  readonly columns: number | undefined;
  /** The terminal as a screen to draw on; absent where there is none. */
  readonly screen: Screen | undefined;
  /** One line of the answer. What is in it has to be safe for a terminal. */
  readonly print: (line: string) => void;
  readonly complain: (problem: string) => void;
  /** Asks a person; absent where there is none. Resolves to `undefined` at the end of the input. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
  /** Lines of a file, or of standard input for `-`. Throws `QueueError` `invalid`. */
  readonly lines: (file: string) => AsyncIterable<string>;
  /** From the first call on, an interrupt (Ctrl-C) aborts this, instead of ending the process. */
  readonly interrupted: () => AbortSignal;
  /** Who acts, for the audit. */
  readonly operator: () => string;
  /** Which queue is meant. Throws `QueueError` `invalid` where none is. */
  readonly settings: () => TargetSettings;
  /** Opens it; it is closed when the command has ended. */
  readonly open: () => Promise<Target>;
}

export interface CliOption {
  /** As commander writes it: `--priority <n>`. */
  readonly flags: string;
  readonly description: string;
  /** What shells complete the value with. */
  readonly words?: readonly string[];
}

/** One verb. Parsing, help, completion and the reference in `docs/cli.md` all come from this. */
export interface CliCommand {
  /** `dead ls` is the verb `ls` of `dead`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** As commander writes them: `<key...>`. */
  readonly arguments: string;
  readonly options: readonly CliOption[];
  /** What help and the reference add: a paragraph or more, one line each. */
  readonly notes?: readonly string[];
  readonly examples?: readonly string[];
  /** Resolves to the exit code. `QueueError`s are turned into one by the caller. */
  readonly run: (context: CliContext) => Promise<number>;
}
