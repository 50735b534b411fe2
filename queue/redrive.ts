import type { QueueContext } from './context.ts';
import { formatSeconds } from './core/instant.ts';
import type { Key } from './core/key.ts';
import { deadLetterName, META } from './core/layout.ts';
import { type Enqueued, enqueue } from './enqueue.ts';
import { readEntry } from './read-entry.ts';

/**
 * Queues a dead letter again with no attempts spent and its old priority. The letter stays, marked as redriven, until the key
 * completes: should it die again, its new letter takes the place of the old. `undefined`: there is no such letter.
 */
export async function redrive(context: QueueContext, key: Key): Promise<Enqueued | undefined> {
  const letter = await context.store.get(deadLetterName(key));
  if (!letter) return undefined;
  const { priority } = readEntry(context, letter);
  const enqueued = await enqueue(context, { key, priority, delaySeconds: 0 }, { redriveOf: letter.generation });
  // Lost: the letter was redriven, dropped or rewritten by someone else meanwhile, and says so itself.
  await context.store.patch(
    letter.name,
    { [META.redriven]: formatSeconds(context.clock.now()) },
    { generation: letter.generation, metageneration: letter.metageneration },
  );
  context.journal.write('key.redriven', { key });
  return enqueued;
}
