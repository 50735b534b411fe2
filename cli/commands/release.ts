import { inProgressName } from '../../queue/core/layout.ts';
import { formatSpan } from '../../queue/core/span.ts';
import { release as releaseLease } from '../../queue/release.ts';
import { ACT_OPTIONS, carryOut, type Done, reasonFor } from '../act.ts';
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { receiverFor } from '../queueing.ts';
import { keyOrThrow } from '../select.ts';
import type { Target } from '../target.ts';
import type { Key } from '../../queue/core/key.ts';

/** A holder that has lost its lease is told within 15 s. */
const APART_MS = 15_000;

export const release: CliCommand = {
  name: 'release',
  summary: 'end the lease of a running key: its run is aborted, and the key is queued again',
  arguments: '<key>',
  options: [
    {
      flags: '--delay <time>',
      description: 'not to run again before then; default 15s, in which the old run is told to stop',
    },
    ...ACT_OPTIONS,
  ],
  notes: [
    'The run finds out at its next look at the bucket, within 10 s: its signal fires, and it can no longer settle the key.',
    'The attempt is given back.',
  ],
  examples: ['levelset release tenant-a/db-1 --reason "hangs on a lock, INC-7"'],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const key = keyOrThrow(context.args[0] ?? '');
    const delayMs = context.flags.duration('delay') ?? APART_MS;
    const target = await context.open();
    if (!(await target.context.store.get(inProgressName(key)))) {
      context.complain(`not running: key=${JSON.stringify(key)}`);
      return EXIT.bad;
    }
    return carryOut(context, target, {
      verb: 'release',
      target: JSON.stringify(key),
      count: 1,
      question: `abort the run of 1 key, ${JSON.stringify(key)},`,
      perform: () => perform(target, key, delayMs),
    });
  },
};

async function perform(target: Target, key: Key, delayMs: number): Promise<Done> {
  const released = await releaseLease(target.context, key, delayMs);
  const told = (result: string, exit: number): Done => ({
    result,
    answer: { key, released: released.kind === 'released', result },
    lines: [`${key}: ${result}`],
    exit,
  });
  switch (released.kind) {
    case 'released': {
      if (released.queued) await receiverFor(target).announce(key, { kind: 'merged', object: released.queued });
      return told(`released: its run aborts within 15 s, and it is queued again in ${formatSpan(delayMs)}`, EXIT.ok);
    }
    case 'not leased':
    case 'changed':
      return told('the run had ended, or another had begun: nothing was released', EXIT.bad);
    case 'unavailable':
      return told('the bucket did not answer: look again before you repeat it', EXIT.unavailable);
    default:
      return released satisfies never;
  }
}
