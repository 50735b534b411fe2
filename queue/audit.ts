import type { QueueContext } from './context.ts';
import {
  type Act,
  auditName,
  type AuditRecord,
  auditStart,
  decodeAudit,
  encodeAct,
  encodeResult,
} from './core/audit.ts';
import { PREFIX } from './core/layout.ts';
import { QueueError } from './errors.ts';
import { pagesOf } from './list-ranges.ts';
import { Patience } from './patience.ts';
import type { ObjectStore } from './ports/object-store.ts';

/** How long the record of an act is tried to be written. */
const BUDGET_MS = 20_000;

/**
 * Does what an operator decided, with a record of it in the bucket *before* anything is done. What `perform` says came of it is
 * added to the record; where it throws, or this process dies, the record stays and says so by having no result.
 *
 * Throws `QueueError` `unavailable` where the record cannot be written: then nothing is done.
 */
export async function audited<T>(
  context: QueueContext,
  act: Act,
  perform: () => Promise<{ readonly result: string; readonly value: T }>,
): Promise<T> {
  const record = await write(context, act);
  let done: Awaited<ReturnType<typeof perform>>;
  try {
    done = await perform();
  } catch (error) {
    await conclude(context, record, `failed: ${error instanceof Error ? error.message : String(error)}`);
    throw error;
  }
  await conclude(context, record, done.result);
  return done.value;
}

/** What was done since, oldest first. */
export async function* auditSince(store: ObjectStore, sinceMs: number): AsyncGenerator<AuditRecord> {
  for await (const objects of pagesOf(store, { prefix: PREFIX.audit, startOffset: auditStart(sinceMs) })) {
    for (const { name, metadata } of objects) {
      const record = decodeAudit(name, metadata);
      if (record) yield record;
    }
  }
}

interface Written {
  readonly name: string;
  readonly generation: string;
}

async function write(context: QueueContext, act: Act): Promise<Written> {
  const { store, clock, random } = context;
  const name = auditName(clock.now(), random.id());
  const patience = new Patience(context, BUDGET_MS);
  for (;;) {
    const written = await store.put(name, encodeAct(act), 'absent');
    if (written.kind === 'ok') return { name, generation: written.object.generation };
    if (written.kind === 'lost') {
      // Nobody else draws this name: an earlier try of ours was applied, though its answer got lost.
      const found = await store.get(name);
      if (found) return { name, generation: found.generation };
    } else if (!(await patience.another(written.kind === 'throttled' ? 'throttled' : 'unknown'))) {
      throw new QueueError(
        'unavailable',
        `the bucket does not take the record of this act, so nothing was done: ${name}`,
      );
    }
  }
}

/** Best effort: what was done is done. */
async function conclude(context: QueueContext, { name, generation }: Written, result: string): Promise<void> {
  const { store, clock } = context;
  const patience = new Patience(context, BUDGET_MS);
  const changes = encodeResult(result, clock.now());
  try {
    for (;;) {
      const patched = await store.patch(name, changes, { generation });
      if (patched.kind !== 'throttled' && patched.kind !== 'unknown') return;
      if (!(await patience.another(patched.kind))) return;
    }
  } catch (error) {
    context.journal.write('store.failed', { operation: 'patch', object: name, error: String(error) });
  }
}
