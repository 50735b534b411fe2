import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';

const key = z.string().min(1).max(1000);
const reason = z.string().trim().min(1, 'say why: the reason is kept in the audit').max(500);

/** What the page may ask for. Each is one verb of the command `levelset`, so that both do exactly the same. */
const ACTION = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('add'), key, priority: z.int().min(0).optional(), reason: reason.optional() }),
  z.strictObject({ verb: z.literal('run-now'), key, reason }),
  z.strictObject({ verb: z.literal('release'), key, reason }),
  z.strictObject({ verb: z.literal('redrive'), key, reason }),
  z.strictObject({ verb: z.literal('drop'), key, reason }),
  z.strictObject({ verb: z.literal('drop-dead'), key, reason }),
  z.strictObject({ verb: z.literal('pause'), reason }),
  z.strictObject({ verb: z.literal('resume'), reason }),
]);

export type Action = z.infer<typeof ACTION>;

export type ParsedAction = { readonly action: Action } | { readonly problem: string };

/** Reads what a page sent. */
export function parseAction(body: string): ParsedAction {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { problem: 'the action is not JSON' };
  }
  const parsed = ACTION.safeParse(value);
  if (parsed.success) return { action: parsed.data };
  return {
    problem: parsed.error.issues
      .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
      .join('; '),
  };
}

/** The arguments of `levelset` that do it. What follows `--` is never taken for a flag, whatever a key looks like. */
export function argumentsOf(action: Action): readonly string[] {
  const why = action.reason === undefined ? [] : [`--reason=${action.reason}`];
  switch (action.verb) {
    case 'add':
      return [
        'add',
        ...(action.priority === undefined ? [] : [`--priority=${action.priority}`]),
        ...why,
        '--',
        action.key,
      ];
    case 'run-now':
      return ['add', '--now', '--over-floor', ...why, '--yes', '--', action.key];
    case 'release':
      return ['release', ...why, '--yes', '--', action.key];
    case 'redrive':
      return ['dead', 'redrive', ...why, '--yes', '--', action.key];
    case 'drop':
      return ['drop', ...why, '--yes', '--', action.key];
    case 'drop-dead':
      return ['dead', 'drop', ...why, '--yes', '--', action.key];
    case 'pause':
      return ['pause', ...why, '--yes'];
    case 'resume':
      return ['resume', ...why, '--yes'];
    default:
      return action satisfies never;
  }
}

/** The line that a person would type into a shell. */
export function commandLine(args: readonly string[]): string {
  return ['levelset', ...args.map(quoted)].join(' ');
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export interface ActionResult {
  /** As `levelset` exits: 0 is success. */
  readonly exitCode: number;
  readonly output: string;
}

export type RunAction = (args: readonly string[]) => Promise<ActionResult>;

/** Runs the command in a process of its own, as an operator would, without a shell. */
export function commandRunner(packageRoot: string, env: NodeJS.ProcessEnv): RunAction {
  return (args) =>
    new Promise((resolve) => {
      const file = join(packageRoot, 'cli', 'levelset.ts');
      execFile(process.execPath, [file, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ exitCode, output: `${stdout}${stderr}`.trim() });
      });
    });
}
