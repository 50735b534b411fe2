import { CensusTaker } from '../../queue/census.ts';
import type { Census } from '../../queue/core/census.ts';
import { QueueError } from '../../queue/errors.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { instant } from '../key-rows.ts';
import type { Target } from '../target.ts';
import { safeJson } from '../terminal-text.ts';
import { type FailingPrefix, FailingPrefixes } from '../top/failing.ts';
import { type Frame, renderFrame } from '../top/frame.ts';
import { live } from '../top/live.ts';
import { RateMeter, type Rates } from '../top/rates.ts';

const EVERY_MS = 2_000;
/** Where it is printed, and not drawn on a terminal. */
const PAPER = { columns: 100, rows: 60 };

export const top: CliCommand = {
  name: 'top',
  summary: 'the queue at a glance, live: what is eligible, waits, runs, is dead; ages, rates, what fails',
  arguments: '',
  options: [
    { flags: '--once', description: 'one look, printed; the default where the output is no terminal' },
    { flags: '--every <time>', description: 'between two looks; default 2s' },
  ],
  notes: [
    'Each look lists the bucket, a thousand keys a request. Press q to leave.',
    'Running counts leases: some are taken ahead of their run or still being settled, so they may exceed the limit by a few.',
    'Rates compare two looks: a key that comes and goes in between is not seen, so they are lower bounds.',
  ],
  examples: ['levelset top', 'levelset top --once --json'],
  async run(context) {
    const { flags, screen, format, clock } = context;
    const everyMs = flags.duration('every') ?? EVERY_MS;
    if (everyMs < 200) throw new QueueError('invalid', `--every must be at least 200ms: every=${flags.text('every')}`);
    const target = await context.open();
    const looks = new Looks(target);
    if (!screen || flags.on('once') || format !== 'text') return print(context, looks);
    await live(screen, clock, everyMs, context.interrupted(), async (size) => {
      const frame = await looks.next();
      return renderFrame(frame, clock.now(), size);
    });
    return EXIT.ok;
  },
};

async function print(context: CliContext, looks: Looks): Promise<number> {
  const frame = await looks.next('throws');
  if (context.format !== 'text') context.print(safeJson(frameJson(frame)));
  else {
    const size = context.columns === undefined ? PAPER : { ...PAPER, columns: context.columns };
    for (const line of renderFrame(frame, context.clock.now(), size)) context.print(line);
  }
  return EXIT.ok;
}

/** One look after the other, each compared with the one before. */
class Looks {
  readonly #target: Target;
  readonly #taker: CensusTaker;
  readonly #meter = new RateMeter();
  #last: Frame | undefined;

  constructor(target: Target) {
    this.#target = target;
    this.#taker = new CensusTaker(target.context);
  }

  /** A look that fails shows the last one, and says so. The first one throws. */
  async next(failure: 'throws' | 'shown' = 'shown'): Promise<Frame> {
    const { context } = this.#target;
    const prefixes = new FailingPrefixes();
    try {
      const census = await this.#taker.take((counted) => {
        this.#meter.add(counted);
        prefixes.add(counted);
      });
      const rates = this.#meter.end(context.clock.monotonic());
      this.#last = this.#frame(census, rates, prefixes.worst());
    } catch (error) {
      if (!(error instanceof QueueError) || !this.#last || failure === 'throws') throw error;
      this.#last = { ...this.#last, problem: `cannot look, this is of before: ${error.message}` };
    }
    return this.#last;
  }

  #frame(census: Census, rates: Rates | undefined, failing: readonly FailingPrefix[]): Frame {
    const { queue, bucket, storageEndpoint, concurrency } = this.#target.settings;
    const where = storageEndpoint === undefined ? `gs://${bucket}` : `${storageEndpoint}/${bucket}`;
    return { queue, where, census, rates, failing, limit: concurrency, problem: undefined };
  }
}

function frameJson({ queue, where, census, rates, failing, limit }: Frame): Record<string, unknown> {
  const { takenMs, pause, counts, eligible, oldestEligibleMs, nextDueMs, longestRunningMs, oldestDeadMs, maxAttempts } =
    census;
  return {
    at: instant(takenMs),
    queue,
    where,
    ...counts,
    limit,
    paused: pause && {
      by: pause.by,
      reason: pause.reason,
      until: instant(pause.untilMs),
      since: instant(pause.sinceMs),
    },
    oldestEligible: instant(oldestEligibleMs),
    nextDue: instant(nextDueMs),
    longestRunning: instant(longestRunningMs),
    oldestDead: instant(oldestDeadMs),
    maxAttempts,
    priorities: Object.fromEntries(
      Object.entries(eligible).map(([name, { count, oldestMs }]) => [
        name,
        { eligible: count, oldest: instant(oldestMs) },
      ]),
    ),
    dispatchers: census.holders.map(({ region, instance, expiresMs, leases }) => ({
      region,
      instance,
      expires: instant(expiresMs),
      leases,
    })),
    rates,
    failing: failing.slice(0, 20),
    foreign: census.foreign,
    malformed: census.malformed,
  };
}
