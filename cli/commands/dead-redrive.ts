import type { Key } from '../../queue/core/key.ts';
import { formatSpan } from '../../queue/core/span.ts';
import { QueueError } from '../../queue/errors.ts';
import { redriveAll, type RedriveReport } from '../../queue/redrive-all.ts';
import { walkKeys } from '../../queue/walk-keys.ts';
import { ACT_OPTIONS, carryOut, counted, countsBefore, type Done, reasonFor } from '../act.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { receiverFor } from '../queueing.ts';
import {
  ALL_OPTION,
  atMost,
  collect,
  each,
  FILTER_OPTIONS,
  LIMIT_OPTION,
  type Selection,
  selectionOf,
} from '../select.ts';
import type { Target } from '../target.ts';
import { CAUSE_OPTION } from './dead-ls.ts';

/** What a reconciler that has just recovered should bear. */
const DEFAULT_RATE = 10;

/** Between two lines of progress on a terminal. */
const TELL_EVERY_MS = 5_000;

export const deadRedrive: CliCommand = {
  name: 'dead redrive',
  summary: 'queue dead letters again, with no attempts spent: some keys, or all that a filter means',
  arguments: '[key...]',
  options: [
    ...FILTER_OPTIONS,
    CAUSE_OPTION,
    ALL_OPTION,
    LIMIT_OPTION,
    { flags: '--rate <rate>', description: `so many a second (20/s) or a minute (90/m); default ${DEFAULT_RATE}/s` },
    ...ACT_OPTIONS,
  ],
  notes: [
    'Each letter is marked as its key is queued, and deleted when the key completes. A redrive that was cut off is taken up by',
    'running the same line again: it finds the letters that are left. Doing it twice is harmless.',
  ],
  examples: [
    'levelset dead redrive tenant-a/db-1 --reason "schema fixed"',
    'levelset dead redrive --error "quota exceeded" --rate 20/s --reason "quota raised, INC-7"',
  ],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const selection = selectionOf(context);
    const rate = context.flags.rate('rate') ?? DEFAULT_RATE;
    const target = await context.open();
    let letters = lettersOf(target, selection);
    let count: number | undefined;
    if (selection.kind === 'keys') count = selection.keys.length;
    else if (countsBefore(context)) {
      const counted = await collect(letters);
      count = counted.length;
      if (count === 0) {
        context.complain(`no dead letter matches: ${selection.target}`);
        return EXIT.ok;
      }
      letters = each(counted);
    }
    const takes =
      count === undefined || count < 2 ? '' : ` at ${rate}/s, which takes ${formatSpan((count * 1000) / rate)},`;
    return carryOut(context, target, {
      verb: 'dead redrive',
      target: `${selection.target} rate=${rate}/s`,
      count,
      question: `redrive ${count === undefined ? `dead letters (${selection.target})` : counted(count, 'dead letter')}${takes}`,
      perform: () => redrive(context, target, letters, rate, count),
    });
  },
};

function lettersOf(target: Target, selection: Selection): AsyncIterable<Key> {
  if (selection.kind === 'keys') return each(selection.keys);
  const walk = walkKeys(target.context, new Set(['dead']), selection.filter);
  return keysOf(atMost(walk, selection.limit));
}

async function* keysOf(walk: AsyncIterable<{ readonly key: Key }>): AsyncGenerator<Key> {
  for await (const { key } of walk) yield key;
}

async function redrive(
  context: CliContext,
  target: Target,
  letters: AsyncIterable<Key>,
  rate: number,
  count: number | undefined,
): Promise<Done> {
  const { clock, complain } = context;
  const receiver = receiverFor(target);
  let told = 0;
  let toldMs = clock.monotonic();
  const report = await redriveAll(target.context, {
    letters,
    ratePerSecond: rate,
    signal: context.interrupted(),
    onRedriven: async (key, enqueued) => {
      told++;
      if (clock.monotonic() - toldMs >= TELL_EVERY_MS) {
        toldMs = clock.monotonic();
        complain(`redriven ${told}${count === undefined ? '' : ` of ${count}`}`);
      }
      await receiver.announce(key, enqueued);
    },
  });
  return doneOf(report, count);
}

function doneOf({ redriven, gone, ended }: RedriveReport, count: number | undefined): Done {
  const missing = gone === 0 ? '' : `, ${gone} had no letter any more`;
  const of = count === undefined ? '' : ` of ${count}`;
  const result = `redriven ${redriven}${of}${missing}`;
  const answer = { redriven, gone, ...(count !== undefined && { count }) };
  if (!ended) {
    const nothing = redriven === 0 && gone > 0;
    return { result, answer, lines: [result], exit: nothing ? EXIT.bad : EXIT.ok };
  }
  const why = ended.kind === 'stopped' ? 'stopped' : `failed: ${ended.error.message}`;
  const hint = 'run the same line again to go on with the rest';
  if (ended.kind === 'failed' && !(ended.error instanceof QueueError)) throw ended.error;
  return {
    result: `${result}, then ${why}`,
    answer: { ...answer, ended: why },
    lines: [`${result}, then ${why}: ${hint}`],
    exit: EXIT.unavailable,
  };
}
