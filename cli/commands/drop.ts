import { queuedName } from '../../queue/core/layout.ts';
import { look } from '../../queue/look.ts';
import { ACT_OPTIONS, carryOut, reasonFor } from '../act.ts';
import type { CliCommand } from '../command.ts';
import { dropAll } from '../dropping.ts';
import { EXIT } from '../exit-code.ts';
import { each, keyOrThrow } from '../select.ts';

export const drop: CliCommand = {
  name: 'drop',
  summary: 'remove one queued key; a run of it that has begun goes on',
  arguments: '<key>',
  options: [...ACT_OPTIONS],
  examples: ['levelset drop tenant-a/db-1 --reason "deleted by its owner"'],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const key = keyOrThrow(context.args[0] ?? '');
    const target = await context.open();
    const { queued, leased, letter } = await look(target.context, key);
    if (!queued) {
      const instead = leased
        ? ': it runs; release gives it back, then drop it'
        : letter
          ? ': it is dead; dead drop deletes its letter'
          : '';
      context.complain(`not queued: ${queuedName(key)}${instead}`);
      return EXIT.bad;
    }
    return carryOut(context, target, {
      verb: 'drop',
      target: JSON.stringify(key),
      count: 1,
      question: `drop 1 queued key, ${JSON.stringify(key)}`,
      perform: async () => {
        const done = await dropAll(context, target, each([queued.object]), 'queued key');
        const rest = [
          ...(leased ? ['a run of it goes on'] : []),
          ...(letter ? ['its dead letter stays (levelset dead drop)'] : []),
        ];
        return { ...done, lines: [[...done.lines, ...rest].join('; ')] };
      },
    });
  },
};
