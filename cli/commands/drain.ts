import type { Standing } from '../../queue/core/census.ts';
import { QueueError } from '../../queue/errors.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';
import { type Walked, walkKeys } from '../../queue/walk-keys.ts';
import { ACT_OPTIONS, carryOut, counted, countsBefore, reasonFor } from '../act.ts';
import type { CliCommand } from '../command.ts';
import { dropAll } from '../dropping.ts';
import { EXIT } from '../exit-code.ts';
import { ALL_OPTION, atMost, collect, each, FILTER_OPTIONS, LIMIT_OPTION, selectionOf } from '../select.ts';

const QUEUED: ReadonlySet<Standing> = new Set(['eligible', 'waiting', 'touched']);

export const drain: CliCommand = {
  name: 'drain',
  summary: 'remove all queued keys that a filter means; what runs goes on',
  arguments: '',
  options: [...FILTER_OPTIONS, ALL_OPTION, LIMIT_OPTION, ...ACT_OPTIONS],
  notes: ['What was counted is what is removed: a key that is touched, or starts, after it was counted is left alone.'],
  examples: [
    'levelset drain --prefix tenant-gone/ --reason "tenant was deleted"',
    'levelset drain --older 7d --dry-run',
  ],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const selection = selectionOf(context);
    if (selection.kind === 'keys') throw new QueueError('internal', 'drain takes no keys');
    const target = await context.open();
    let seen = objectsOf(atMost(walkKeys(target.context, QUEUED, selection.filter), selection.limit));
    let count: number | undefined;
    if (countsBefore(context)) {
      const all = await collect(seen);
      count = all.length;
      if (count === 0) {
        context.complain(`no queued key matches: ${selection.target}`);
        return EXIT.ok;
      }
      seen = each(all);
    }
    return carryOut(context, target, {
      verb: 'drain',
      target: selection.target,
      count,
      question: `drop ${count === undefined ? `queued keys (${selection.target})` : counted(count, 'queued key')}`,
      perform: () => dropAll(context, target, seen, 'queued key'),
    });
  },
};

async function* objectsOf(walk: AsyncIterable<Walked>): AsyncGenerator<StoredObject> {
  for await (const { object } of walk) yield object;
}
