import { silentJournal } from '../../catalogue/events.ts';
import { decodeEntry } from '../../queue/core/entry.ts';
import type { Key } from '../../queue/core/key.ts';
import { type Around, whyNotRunning } from '../../queue/core/why.ts';
import { look, type Seen } from '../../queue/look.ts';
import type { Clock } from '../../queue/ports/clock.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { isHeldUpByOthers, sightOf, surroundings } from '../../queue/surroundings.ts';
import type { Rested } from './rested.ts';
import type { SeenTransition } from './stories.ts';

/** One key: where it lies now, and what became of it since the stack was started. */
export interface Story {
  readonly key: string;
  /** Why it is not running, or what it is doing, in the sentence of `levelset get`. */
  readonly why: string;
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

export interface StoryPorts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Keys that may run at once; of all regions. */
  readonly concurrency: number;
  /** What was found around keys whose stories are open: finding it lists the queue. */
  readonly around: Rested<Around>;
}

/** Throws `QueueError` `unavailable` when the bucket cannot be read. */
export async function readStory(ports: StoryPorts, key: Key, transitions: readonly SeenTransition[]): Promise<Story> {
  const { clock, around, concurrency } = ports;
  // What does not parse is told with its entry.
  const seen = await look({ ...ports, journal: silentJournal }, key);
  const { queued, leased, letter } = seen;
  const heldUpBy =
    queued && isHeldUpByOthers(seen, clock.now())
      ? await around.of(key, () => surroundings(ports, key, queued.entry, concurrency))
      : undefined;
  const entries = [entryOf('queued', queued), entryOf('running', leased), entryOf('dead', letter)];
  return {
    key,
    why: whyNotRunning(sightOf(seen, clock.now(), heldUpBy?.value)),
    entries: entries.filter((entry) => entry !== undefined),
    transitions,
  };
}

function entryOf(state: StoryEntry['state'], seen: Seen | undefined): StoryEntry | undefined {
  return seen && { state, metadata: seen.object.metadata, problems: decodeEntry(seen.object.metadata).problems };
}
