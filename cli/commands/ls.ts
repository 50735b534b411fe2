import type { Standing } from '../../queue/core/census.ts';
import { walkKeys } from '../../queue/walk-keys.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { keyColumns, keyJson } from '../key-rows.ts';
import { Listing } from '../listing.ts';
import { atMost, FILTER_OPTIONS, filterOf, LIMIT_OPTION } from '../select.ts';

const STATES = ['eligible', 'waiting', 'touched', 'running', 'dead', 'redriven'] as const satisfies readonly Standing[];
const LIVE: readonly Standing[] = ['eligible', 'waiting', 'touched', 'running', 'dead'];

export const ls: CliCommand = {
  name: 'ls',
  summary: 'list keys: those that run, then the queued ones, then the dead',
  arguments: '',
  options: [
    {
      flags: '--state <states>',
      description: `some of ${STATES.join(',')}; without it all but redriven`,
      words: STATES,
    },
    ...FILTER_OPTIONS,
    LIMIT_OPTION,
  ],
  notes: [
    'eligible: could start now. waiting: its time has not come. touched: queued again while it runs; starts after that run.',
    'dead: given up. redriven: a dead letter whose key was queued again; kept until the key completes.',
  ],
  examples: ['levelset ls --state running', 'levelset ls --prefix tenant-a/ --attempts 3+ --jsonl'],
  async run(context) {
    const { flags } = context;
    const states = new Set(flags.some('state', STATES) ?? LIVE);
    const filter = filterOf(context);
    const limit = flags.whole('limit', 1, 100_000_000) ?? Number.POSITIVE_INFINITY;
    const target = await context.open();
    const list = new Listing(context, keyColumns(context.clock.now()), keyJson);
    for await (const walked of atMost(walkKeys(target.context, states, filter), limit)) list.add(walked);
    list.end();
    if (list.count === 0 && context.format === 'text') context.complain('no key matches');
    return EXIT.ok;
  },
};
