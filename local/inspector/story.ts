import { decodeEntry } from '../../queue/core/entry.ts';
import { deadLetterName, inProgressName, queuedName } from '../../queue/core/layout.ts';
import type { Key } from '../../queue/core/key.ts';
import type { ObjectStore, StoredObject } from '../../queue/ports/object-store.ts';
import type { SeenTransition } from './stories.ts';

/** One key: where it lies now, and what became of it since the stack was started. */
export interface Story {
  readonly key: string;
  /** The entries of the key, in the order in which it passes through them. */
  readonly entries: readonly StoryEntry[];
  readonly transitions: readonly SeenTransition[];
}

export interface StoryEntry {
  readonly state: 'queued' | 'running' | 'dead';
  /** As in the bucket. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What of it does not parse; one sentence each. */
  readonly problems: readonly string[];
}

/** Throws `QueueError` `unavailable` when the bucket cannot be read. */
export async function readStory(store: ObjectStore, key: Key, transitions: readonly SeenTransition[]): Promise<Story> {
  const [queued, running, dead] = await Promise.all([
    store.get(queuedName(key)),
    store.get(inProgressName(key)),
    store.get(deadLetterName(key)),
  ]);
  const entries = [entryOf('queued', queued), entryOf('running', running), entryOf('dead', dead)];
  return { key, entries: entries.filter((entry) => entry !== undefined), transitions };
}

function entryOf(state: StoryEntry['state'], object: StoredObject | undefined): StoryEntry | undefined {
  return object && { state, metadata: object.metadata, problems: decodeEntry(object.metadata).problems };
}
