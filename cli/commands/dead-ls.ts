import type { Standing } from '../../queue/core/census.ts';
import { walkKeys } from '../../queue/walk-keys.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { keyJson, letterColumns } from '../key-rows.ts';
import { Listing } from '../listing.ts';
import { atMost, FILTER_OPTIONS, filterOf, LIMIT_OPTION } from '../select.ts';
import { type Reason, ReasonCount } from '../reasons.ts';

export const CAUSE_OPTION = {
  flags: '--cause <cause>',
  description: 'only exhausted (spent its attempts) or rejected (by its reconciler)',
  words: ['exhausted', 'rejected'],
} as const;

export const deadLs: CliCommand = {
  name: 'dead ls',
  summary: 'list dead letters, or with --by-reason how many there are of each reason',
  arguments: '',
  options: [
    ...FILTER_OPTIONS,
    CAUSE_OPTION,
    { flags: '--redriven', description: 'those that were redriven, too' },
    { flags: '--by-reason', description: 'count them by their last error, numbers and names in it left out' },
    LIMIT_OPTION,
  ],
  examples: ['levelset dead ls --by-reason', 'levelset dead ls --error "quota exceeded" --older 1h'],
  async run(context) {
    const { flags, format } = context;
    const filter = filterOf(context);
    const limit = flags.whole('limit', 1, 100_000_000) ?? Number.POSITIVE_INFINITY;
    const standings = new Set<Standing>(flags.on('redriven') ? ['dead', 'redriven'] : ['dead']);
    const target = await context.open();
    const nowMs = context.clock.now();
    const letters = atMost(walkKeys(target.context, standings, filter), limit);
    if (flags.on('by-reason')) {
      const reasons = new ReasonCount();
      for await (const letter of letters) reasons.add(letter);
      const list = new Listing<Reason>(context, REASON_COLUMNS, (reason) => reason);
      for (const reason of reasons.largest()) list.add(reason);
      list.end();
      return EXIT.ok;
    }
    const list = new Listing(context, letterColumns(nowMs), keyJson);
    for await (const letter of letters) list.add(letter);
    list.end();
    if (list.count === 0 && format === 'text') context.complain('no dead letter matches');
    return EXIT.ok;
  },
};

const REASON_COLUMNS = [
  { title: 'LETTERS', side: 'right', text: ({ letters }: Reason) => String(letters) },
  { title: 'CAUSE', text: ({ cause }: Reason) => cause },
  { title: 'REASON', text: ({ reason }: Reason) => reason },
  { title: 'SUCH AS', text: ({ example }: Reason) => example },
] as const;
