import type { CliCommand, CliOption } from './command.ts';
import { add } from './commands/add.ts';
import { audit } from './commands/audit.ts';
import { completionFor } from './commands/completion.ts';
import { deadDrop } from './commands/dead-drop.ts';
import { deadLs } from './commands/dead-ls.ts';
import { deadRedrive } from './commands/dead-redrive.ts';
import { deadShow } from './commands/dead-show.ts';
import { doctor } from './commands/doctor.ts';
import { drain } from './commands/drain.ts';
import { drop } from './commands/drop.ts';
import { get } from './commands/get.ts';
import { ls } from './commands/ls.ts';
import { pause, resume } from './commands/pause.ts';
import { release } from './commands/release.ts';
import { top } from './commands/top.ts';
import { version } from './commands/version.ts';

/** Of every verb; may stand before or after it. */
export const GLOBAL_OPTIONS: readonly CliOption[] = [
  { flags: '-q, --queue <name>', description: 'a queue of the profiles file, or the name of the local stack' },
  { flags: '--target <url>', description: 'gs://BUCKET, or http://HOST:PORT/BUCKET of an emulator' },
  { flags: '--stack <dir>', description: 'state folder of a local stack; default .levelset' },
  { flags: '--json', description: 'answer with one JSON document' },
  { flags: '--jsonl', description: 'answer with JSON lines, as they come' },
  { flags: '--timeout <time>', description: 'how long the bucket is asked before it is given up; default 30s' },
];

/** What verbs of two words have in common. */
export const GROUPS: Readonly<Record<string, string>> = { dead: 'dead letters: list, show, redrive, drop' };

/** Stands apart: its arguments are those of `npm start`. */
export const DEV = {
  name: 'dev',
  summary: 'run the whole queue on this machine (levelset dev --help)',
  options: [],
} as const;

const completion = completionFor(() => [...COMMANDS, DEV], GLOBAL_OPTIONS, GROUPS);

/** All verbs but `dev`, in the order in which help tells them. */
export const COMMANDS: readonly CliCommand[] = [
  top,
  ls,
  get,
  add,
  deadLs,
  deadShow,
  deadRedrive,
  deadDrop,
  release,
  pause,
  resume,
  drop,
  drain,
  doctor,
  audit,
  version,
  completion,
];
