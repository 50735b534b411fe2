import type { StoredObject } from '../../queue/ports/object-store.ts';
import { deadLetterName } from '../../queue/core/layout.ts';
import { walkKeys } from '../../queue/walk-keys.ts';
import { ACT_OPTIONS, carryOut, counted, countsBefore, reasonFor } from '../act.ts';
import type { CliCommand } from '../command.ts';
import { dropAll } from '../dropping.ts';
import { EXIT } from '../exit-code.ts';
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

export const deadDrop: CliCommand = {
  name: 'dead drop',
  summary: 'delete dead letters for good: some keys, or all that a filter means',
  arguments: '[key...]',
  options: [...FILTER_OPTIONS, CAUSE_OPTION, ALL_OPTION, LIMIT_OPTION, ...ACT_OPTIONS],
  notes: ['What was counted is what is deleted: a letter that is written meanwhile stays.'],
  examples: ['levelset dead drop --older 30d --cause rejected --reason "cleaned up after the rename"'],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const selection = selectionOf(context);
    const target = await context.open();
    let seen = lettersOf(target, selection);
    let count: number | undefined;
    if (countsBefore(context) || selection.kind === 'keys') {
      const letters = await collect(seen);
      count = letters.length;
      if (count === 0) {
        context.complain(`no dead letter matches: ${selection.target}`);
        return selection.kind === 'keys' ? EXIT.bad : EXIT.ok;
      }
      seen = each(letters);
    }
    return carryOut(context, target, {
      verb: 'dead drop',
      target: selection.target,
      count,
      question: `drop ${count === undefined ? `dead letters (${selection.target})` : counted(count, 'dead letter')} for good`,
      perform: () => dropAll(context, target, seen, 'dead letter'),
    });
  },
};

async function* lettersOf(target: Target, selection: Selection): AsyncGenerator<StoredObject> {
  if (selection.kind === 'keys') {
    for (const key of selection.keys) {
      const letter = await target.context.store.get(deadLetterName(key));
      if (letter) yield letter;
    }
    return;
  }
  const walk = walkKeys(target.context, new Set(['dead', 'redriven']), selection.filter);
  for await (const { object } of atMost(walk, selection.limit)) yield object;
}
