import type { Clock } from '../queue/ports/clock.ts';
import type { OpenTargetOptions, Target, TargetSettings } from './target.ts';

/** A terminal to draw on. */
export interface Screen {
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly write: (text: string) => void;
  /** Calls back for each key that is pressed, until the returned function is called. */
  readonly onKey: (press: (key: string) => void) => () => void;
}

/** What the command finds around it: `levelset.ts` gives the real things. */
export interface CliHost {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly workingFolder: string;
  readonly homeFolder: string;
  /** The user of this machine, as `ann@laptop`. */
  readonly user: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Where standard output is a terminal. */
  readonly screen: Screen | undefined;
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
  readonly lines: (file: string) => AsyncIterable<string>;
  readonly interrupted: () => AbortSignal;
  readonly openTarget: (settings: TargetSettings, options: OpenTargetOptions) => Promise<Target>;
  /** Runs the local stack with its own arguments; resolves to the exit code. */
  readonly dev: (args: readonly string[]) => Promise<number>;
}
