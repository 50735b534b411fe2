import type { QueueContext } from './context.ts';
import type { Key } from './core/key.ts';
import { deadLetterName, inProgressName, queuedName } from './core/layout.ts';
import type { StoredObject } from './ports/object-store.ts';
import { readEntry } from './read-entry.ts';

export interface KeyState {
  readonly key: Key;
  /** `in-progress` also when the key is queued again while it runs. */
  readonly status: 'queued' | 'in-progress' | 'dead-letter';
  readonly priority: number;
  readonly attempts: number;
  /** Unix milliseconds of the enqueue that opened this story, where known. */
  readonly queuedMs?: number | undefined;
  /** Unix milliseconds; absent = may start now. */
  readonly notBeforeMs?: number | undefined;
}

/**
 * Where a key is, or `undefined` where it is nowhere. A key that moves is never missed: from queued to in progress it is met on
 * the way, back again by the second look. Throws `QueueError` `unavailable` when the store cannot be read.
 */
export async function keyState(context: QueueContext, key: Key): Promise<KeyState | undefined> {
  return (await lookAlive(context, key)) ?? (await lookDead(context, key)) ?? (await lookAlive(context, key));
}

async function lookAlive(context: QueueContext, key: Key): Promise<KeyState | undefined> {
  const queued = await context.store.get(queuedName(key));
  const leased = await context.store.get(inProgressName(key));
  if (leased) return describe(context, key, 'in-progress', leased);
  return queued && describe(context, key, 'queued', queued);
}

async function lookDead(context: QueueContext, key: Key): Promise<KeyState | undefined> {
  const letter = await context.store.get(deadLetterName(key));
  return letter && describe(context, key, 'dead-letter', letter);
}

function describe(context: QueueContext, key: Key, status: KeyState['status'], object: StoredObject): KeyState {
  const { priority, attempts, firstQueuedMs, notBeforeMs } = readEntry(context, object);
  return { key, status, priority, attempts, queuedMs: firstQueuedMs, notBeforeMs };
}
