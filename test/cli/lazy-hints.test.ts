import { expect, test } from 'vitest';
import { LazyHints } from '../../cli/lazy-hints.ts';
import { tickMessage } from '../../queue/core/hint.ts';
import { ManualClock } from '../../services/testing/manual-clock.ts';

/** A topic whose messages take a while, and what happened to it in order. */
function slowTopic(clock: ManualClock, takesMs: number) {
  const story: string[] = [];
  const open = async () => {
    story.push('opened');
    return {
      async publish() {
        await new Promise<void>((resolve) => clock.after(takesMs, resolve));
        story.push('sent');
      },
      async [Symbol.asyncDispose]() {
        story.push('closed');
      },
    };
  };
  return { story, open };
}

test('what is under way is sent before the topic is closed', async () => {
  const clock = new ManualClock();
  const { story, open } = slowTopic(clock, 3_000);
  const hints = new LazyHints(clock, open);
  void hints.publish(tickMessage);
  const closed = hints[Symbol.asyncDispose]();
  await clock.advance(3_000);
  await closed;
  expect(story).toEqual(['opened', 'sent', 'closed']);
  expect(clock.pending).toBe(0);
});

test('a message that hangs holds up the end for five seconds, not for ever', async () => {
  const clock = new ManualClock();
  const { story, open } = slowTopic(clock, 60_000);
  const hints = new LazyHints(clock, open);
  void hints.publish(tickMessage);
  const closed = hints[Symbol.asyncDispose]();
  await clock.advance(5_000);
  await closed;
  expect(story).toEqual(['opened', 'closed']);
});

test('a topic that nothing is published to is never opened', async () => {
  const clock = new ManualClock();
  const { story, open } = slowTopic(clock, 0);
  await new LazyHints(clock, open)[Symbol.asyncDispose]();
  expect(story).toEqual([]);
});
