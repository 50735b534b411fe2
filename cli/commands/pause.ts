import { tickMessage } from '../../queue/core/hint.ts';
import { formatMoment } from '../../queue/core/span.ts';
import { pauseQueue, resumeQueue } from '../../queue/pause-queue.ts';
import { ACT_OPTIONS, carryOut, reasonFor } from '../act.ts';
import type { CliCommand } from '../command.ts';
import { instant } from '../key-rows.ts';
import type { Target } from '../target.ts';

export const pause: CliCommand = {
  name: 'pause',
  summary: 'start no key in any region until resumed; keys are still taken, and what runs may finish',
  arguments: '',
  options: [
    { flags: '--until <time>', description: 'ends by itself: after 30m, at 15:00, or at 2026-01-31T15:00:00Z' },
    ...ACT_OPTIONS,
  ],
  notes: ['Takes effect within 10 s. Pausing a paused queue replaces its end and its reason.'],
  examples: ['levelset pause --until 30m --reason "bad deploy, rolling back"'],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const untilMs = context.flags.moment('until', context.clock.now());
    const target = await context.open();
    const end = untilMs === undefined ? 'until it is resumed' : `until ${formatMoment(untilMs, context.clock.now())}`;
    return carryOut(context, target, {
      verb: 'pause',
      target: untilMs === undefined ? 'the queue' : `the queue until ${instant(untilMs)}`,
      question: `start no more keys ${end}`,
      perform: async (reason) => {
        const before = await pauseQueue(target.context, { untilMs, reason, by: context.operator() });
        await wake(target);
        const was = before ? ' (it was paused already; these terms replace the old)' : '';
        const result = `paused ${end}`;
        return { result, answer: { paused: true, until: instant(untilMs) }, lines: [result + was] };
      },
    });
  },
};

export const resume: CliCommand = {
  name: 'resume',
  summary: 'start keys again',
  arguments: '',
  options: [...ACT_OPTIONS],
  examples: ['levelset resume --reason "rolled back"'],
  async run(context) {
    const settings = context.settings();
    reasonFor(context, settings);
    const target = await context.open();
    return carryOut(context, target, {
      verb: 'resume',
      target: 'the queue',
      question: 'start keys again',
      perform: async () => {
        const before = await resumeQueue(target.context);
        await wake(target);
        const result = before
          ? `resumed (was paused${before.by === undefined ? '' : ` by ${before.by}`})`
          : 'was not paused';
        return { result, answer: { paused: false, wasPaused: before !== undefined }, lines: [result] };
      },
    });
  },
};

/** Makes dispatchers look now, instead of at the next tick. A tick that gets lost costs up to a minute. */
async function wake(target: Target): Promise<void> {
  try {
    await target.publish?.(tickMessage);
  } catch (error) {
    target.context.journal.write('hint.failed', { error });
  }
}
