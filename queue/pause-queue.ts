import type { QueueContext } from './context.ts';
import { metadataChanges } from './core/entry.ts';
import { formatMillis, formatSeconds } from './core/instant.ts';
import { PAUSE_OBJECT } from './core/layout.ts';
import { type Pause, PAUSE_META, pauseAt } from './core/pause.ts';
import { oneLine } from './core/text.ts';
import { QueueError } from './errors.ts';
import { Patience } from './patience.ts';
import type { StoredObject } from './ports/object-store.ts';

/** How long a call tries before it gives up on the bucket. */
const BUDGET_MS = 20_000;

/** The pause in force, or `undefined`. Throws `QueueError` `unavailable`. */
export async function readPause({ store, clock }: Pick<QueueContext, 'store' | 'clock'>): Promise<Pause | undefined> {
  return pauseAt((await store.get(PAUSE_OBJECT))?.metadata, clock.now());
}

export interface PauseWish {
  /** Unix ms at which it ends by itself; absent = when somebody resumes. */
  readonly untilMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly by: string;
}

/**
 * Pauses the queue: within a watch period no region starts a key, while enqueues go on being taken and running keys finish. One that
 * is paused already is paused on these terms from now on. Resolves to the pause that was in force before.
 */
export async function pauseQueue(context: QueueContext, wish: PauseWish): Promise<Pause | undefined> {
  const { clock, store } = context;
  const metadata: Record<string, string> = {
    [PAUSE_META.by]: oneLine(wish.by),
    [PAUSE_META.since]: formatMillis(clock.now()),
    ...(wish.reason !== undefined && { [PAUSE_META.reason]: oneLine(wish.reason) }),
    ...(wish.untilMs !== undefined && { [PAUSE_META.until]: formatSeconds(wish.untilMs) }),
  };
  return change(context, 'pause', async (seen) => {
    // Applied already, by a try whose answer got lost.
    if (seen && Object.keys(metadataChanges(seen.metadata, metadata)).length === 0) return { kind: 'ok' };
    return store.put(PAUSE_OBJECT, metadata, seen ?? 'absent');
  });
}

/** Ends the pause. Resolves to the one that was in force, or `undefined` where there was none. */
export async function resumeQueue(context: QueueContext): Promise<Pause | undefined> {
  return change(context, 'resume', async (seen) => {
    if (!seen) return { kind: 'ok' };
    const { generation, metageneration } = seen;
    return context.store.delete(PAUSE_OBJECT, { generation, metageneration });
  });
}

/** Reads and writes until the write holds; the first reading tells what was before. */
async function change(
  context: QueueContext,
  what: string,
  write: (seen: StoredObject | undefined) => Promise<{ readonly kind: string }>,
): Promise<Pause | undefined> {
  const patience = new Patience(context, BUDGET_MS);
  let before: { readonly pause: Pause | undefined } | undefined;
  for (;;) {
    const seen = await context.store.get(PAUSE_OBJECT);
    before ??= { pause: pauseAt(seen?.metadata, context.clock.now()) };
    const { kind } = await write(seen);
    if (kind === 'ok') return before.pause;
    if (!(await patience.another(kind === 'throttled' ? 'throttled' : 'unknown'))) {
      throw new QueueError('unavailable', `the bucket does not take the ${what}: it may have taken effect, look again`);
    }
  }
}
