import { audited } from '../queue/audit.ts';
import { QueueError } from '../queue/errors.ts';
import type { CliContext, CliOption } from './command.ts';
import { EXIT } from './exit-code.ts';
import { describeTarget, type Target, type TargetSettings } from './target.ts';
import { plain, safeJson } from './terminal-text.ts';

/** Of every verb that changes something. */
export const ACT_OPTIONS: readonly CliOption[] = [
  { flags: '--reason <text>', description: 'why; kept in the audit. Required, but on a local stack' },
  { flags: '--yes', description: 'do not ask, and do not count before' },
  { flags: '--dry-run', description: 'only say what would be done' },
];

/** What is about to be done. */
export interface Plan {
  readonly verb: string;
  /** What it is done to, as the audit keeps it. */
  readonly target: string;
  /** How many keys it concerns, where that was counted. */
  readonly count?: number | undefined;
  /** Asked before, such as `drop 1 queued key`; absent: nobody is asked. */
  readonly question?: string | undefined;
  /** What came of it, for the audit, and the answer to the operator. */
  readonly perform: (reason: string | undefined) => Promise<Done>;
}

export interface Done {
  readonly result: string;
  readonly answer: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: readonly string[];
  readonly exit?: number;
}

/** The reason that was given; refuses to go on without one where it is required. To be called before anything is looked up. */
export function reasonFor({ flags }: CliContext, settings: TargetSettings): string | undefined {
  const reason = flags.word('reason');
  if (reason === undefined && !settings.local && !flags.on('dry-run')) {
    throw new QueueError('invalid', `--reason is required: it is kept in the audit of ${describeTarget(settings)}`);
  }
  return reason;
}

/** Whether keys have to be counted before: for whoever is asked, or only wants to know. */
export function countsBefore({ flags }: CliContext): boolean {
  return !flags.on('yes') || flags.on('dry-run');
}

/** Asks where it has to, writes the record, does it, tells what came of it. Resolves to the exit code. */
export async function carryOut(context: CliContext, target: Target, plan: Plan): Promise<number> {
  const { flags, complain, format, print } = context;
  const reason = reasonFor(context, target.settings);
  const where = describeTarget(target.settings);
  if (flags.on('dry-run')) {
    if (format === 'text') print(plain(`would ${plan.question ?? `${plan.verb} ${plan.target}`} in ${where}`));
    else print(safeJson({ dryRun: true, verb: plan.verb, target: plan.target, count: plan.count }));
    return EXIT.ok;
  }
  if (plan.question !== undefined && !flags.on('yes') && !(await confirmed(context, `${plan.question} in ${where}?`))) {
    complain('nothing was done');
    return EXIT.bad;
  }
  const act = { verb: plan.verb, by: context.operator(), reason, target: plan.target, count: plan.count };
  const done = await audited(target.context, act, async () => {
    const value = await plan.perform(reason);
    return { result: value.result, value };
  });
  if (format === 'text') for (const line of done.lines) print(plain(line));
  else print(safeJson(done.answer));
  return done.exit ?? EXIT.ok;
}

async function confirmed({ ask }: CliContext, question: string): Promise<boolean> {
  if (!ask) throw new QueueError('invalid', `there is nobody to ask, so --yes is required to: ${question}`);
  const answer = await ask(`${plain(question)} [y/N] `);
  return /^\s*y(es)?\s*$/i.test(answer ?? '');
}

/** `1 key`, `12 dead letters`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
