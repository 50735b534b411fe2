import type { CliCommand } from './command.ts';
import { add } from './commands/add.ts';
import { get } from './commands/get.ts';
import { version } from './commands/version.ts';

/** All verbs, in the order in which help tells them. `dev` stands apart: its arguments are those of `npm start`. */
export const COMMANDS: readonly CliCommand[] = [add, get, version];
