import { parseEnqueue, type Enqueue, MAX_DELAY_SECONDS, MAX_PRIORITY } from '../../queue/core/enqueue.ts';
import { decodeEntry } from '../../queue/core/entry.ts';
import { QueueError } from '../../queue/errors.ts';
import { liftFloor } from '../../queue/lift-floor.ts';
import { ceilSeconds } from '../../services/rpc/duration.ts';
import { ACT_OPTIONS, carryOut, counted, type Done, reasonFor } from '../act.ts';
import { awaitOutcome } from '../await-outcome.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { receiverFor } from '../queueing.ts';
import type { Target } from '../target.ts';

/** Enqueues under way at once. */
const PARALLEL = 50;

export const add: CliCommand = {
  name: 'add',
  summary: 'queue keys; when it returns, they are in the bucket',
  arguments: '[key...]',
  options: [
    { flags: '--priority <n>', description: `0 to ${MAX_PRIORITY}; a higher one starts first` },
    { flags: '--delay <time>', description: 'not to be started before then, such as 30s, 5m or 1h' },
    { flags: '--now', description: 'at once, which is the default; with --over-floor even before a floor' },
    { flags: '--over-floor', description: 'start even if the reconciler asked to be left alone until later' },
    { flags: '--from <file>', description: 'keys from a file, one a line; - is standard input' },
    { flags: '--wait', description: 'wait until one key has run; exits with 1 when it failed or is dead' },
    ...ACT_OPTIONS,
  ],
  notes: ['Keys that are named are queued without a question; those of a file are counted first.'],
  examples: [
    'levelset add tenant-a/db-1 --priority 10',
    'levelset add tenant-a/db-1 --now --over-floor --wait',
    'levelset add --from keys.txt --delay 5m --reason "resync after the migration"',
  ],
  async run(context) {
    const { flags } = context;
    const settings = context.settings();
    reasonFor(context, settings);
    if (flags.on('now') && flags.text('delay') !== undefined) {
      throw new QueueError('invalid', '--now and --delay contradict each other');
    }
    if (flags.on('over-floor') && flags.text('delay') !== undefined) {
      throw new QueueError('invalid', '--over-floor and --delay contradict each other');
    }
    const wishes = await wishesOf(context);
    const [first] = wishes;
    if (!first) throw new QueueError('invalid', 'no key is named');
    if (flags.on('wait') && wishes.length > 1) {
      throw new QueueError('invalid', `--wait waits for one key: keys=${wishes.length}`);
    }
    const target = await context.open();
    const fromFile = flags.text('from') !== undefined;
    const named = wishes
      .slice(0, 10)
      .map(({ key }) => JSON.stringify(key))
      .join(' ');
    let queuedGeneration: string | undefined;
    const exit = await carryOut(context, target, {
      verb: 'add',
      target: wishes.length > 10 ? `${named} and ${wishes.length - 10} more` : named,
      count: wishes.length,
      question: fromFile || flags.on('dry-run') ? `queue ${counted(wishes.length, 'key')}` : undefined,
      perform: async () => {
        const { done, generation } = await queueAll(context, target, wishes);
        queuedGeneration = generation;
        return done;
      },
    });
    if (exit !== EXIT.ok || !flags.on('wait') || queuedGeneration === undefined) return exit;
    return awaitOutcome(context, target, first.key, queuedGeneration);
  },
};

async function wishesOf(context: CliContext): Promise<Enqueue[]> {
  const { flags, args, lines } = context;
  const file = flags.word('from');
  if (file !== undefined && args.length > 0) throw new QueueError('invalid', 'name keys, or give --from, but not both');
  const priority = flags.whole('priority', 0, MAX_PRIORITY) ?? 0;
  const delaySeconds = ceilSeconds(flags.duration('delay') ?? 0);
  if (delaySeconds > MAX_DELAY_SECONDS) {
    throw new QueueError('invalid', `--delay may be at most a year: delay=${JSON.stringify(flags.text('delay'))}`);
  }
  const wishes = new Map<string, Enqueue>();
  let line = 0;
  const take = (key: string) => {
    line++;
    if (file !== undefined && key === '') return;
    const wish = parseEnqueue({ key, priority, delaySeconds });
    if (!wish.ok) throw new QueueError('invalid', file === undefined ? wish.problem : `line ${line}: ${wish.problem}`);
    wishes.set(key, wish.value);
  };
  if (file === undefined) args.forEach(take);
  else for await (const key of lines(file)) take(key);
  return [...wishes.values()];
}

async function queueAll(
  context: CliContext,
  target: Target,
  wishes: readonly Enqueue[],
): Promise<{ readonly done: Done; readonly generation: string | undefined }> {
  const receiver = receiverFor(target);
  const overFloor = context.flags.on('over-floor');
  const tally = { queued: 0, merged: 0, deduplicated: 0 };
  const lines: string[] = [];
  let generation: string | undefined;
  let next = 0;
  let failed: unknown;
  const work = async () => {
    for (let wish = wishes[next++]; wish !== undefined && failed === undefined; wish = wishes[next++]) {
      try {
        const { kind, object } = await receiver.enqueueSeen(wish);
        const { floor, notBeforeMs: floorUntilMs } = decodeEntry(object.metadata).entry;
        generation = object.generation;
        tally[kind]++;
        if (wishes.length <= 20) lines.push(`${WORDS[kind]} ${wish.key}`);
        if (!floor || floorUntilMs === undefined || floorUntilMs <= context.clock.now()) continue;
        if (overFloor) {
          const lifted = await liftFloor(target.context, wish.key);
          if (lifted) await receiver.announce(wish.key, { kind: 'merged', object: lifted });
        } else if (wish.delaySeconds === 0) {
          lines.push(
            `  ${wish.key} waits for a floor until ${new Date(floorUntilMs).toISOString()} (--over-floor lifts it)`,
          );
        }
      } catch (error) {
        failed ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  const count = tally.queued + tally.merged + tally.deduplicated;
  if (failed !== undefined) {
    const { message } = failed as Error;
    throw new QueueError(
      'unavailable',
      `${count} of ${wishes.length} keys were queued (adding them again is harmless): ${message}`,
      failed,
    );
  }
  const result = `${tally.queued} queued, ${tally.merged} merged, ${tally.deduplicated} unchanged`;
  if (wishes.length > 20) lines.push(result);
  return { done: { result, answer: { count, ...tally }, lines }, generation };
}

const WORDS = {
  queued: 'queued',
  merged: 'merged into the waiting entry of',
  deduplicated: 'already queued:',
} as const;
