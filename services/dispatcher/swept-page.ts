import type { QueueContext } from '../../queue/context.ts';
import { asCandidate, type Candidate } from '../../queue/core/candidate.ts';
import { type Entry, readTurn } from '../../queue/core/entry.ts';
import type { Key } from '../../queue/core/key.ts';
import { keyOf, PAUSE_OBJECT, PREFIX } from '../../queue/core/layout.ts';
import { preferredRegion } from '../../queue/core/preference.ts';
import type { StoredObject } from '../../queue/ports/object-store.ts';
import { readEntry } from '../../queue/read-entry.ts';

/** A leased entry as a listing saw it. */
export interface SeenLease {
  readonly key: Key;
  readonly object: StoredObject;
  readonly entry: Entry;
}

/** What a page of a listing says, by kind. */
export interface SweptPage {
  readonly waiting: readonly Candidate[];
  readonly leases: readonly SeenLease[];
  readonly deadLetters: ReadonlyMap<Key, string>;
  readonly locks: readonly StoredObject[];
  readonly pause: StoredObject | undefined;
}

/** Object names that are not keys are told of once each, up to this many. */
const MOST_TOLD = 1_000;

/** Reads pages of listings, whoever wrote what is in them. */
export class PageReader {
  readonly #context: Pick<QueueContext, 'journal'>;
  readonly #region: string;
  readonly #regions: readonly string[];
  readonly #told = new Set<string>();

  constructor(
    context: Pick<QueueContext, 'journal'>,
    settings: { readonly region: string; readonly regions: readonly string[] },
  ) {
    this.#context = context;
    this.#region = settings.region;
    this.#regions = settings.regions;
  }

  read(objects: readonly StoredObject[]): SweptPage {
    const waiting: Candidate[] = [];
    const leases: SeenLease[] = [];
    const deadLetters = new Map<Key, string>();
    const locks: StoredObject[] = [];
    let pause: StoredObject | undefined;
    for (const object of objects) {
      const { name } = object;
      if (name.startsWith(PREFIX.queued)) {
        const key = this.#key(name, PREFIX.queued);
        if (key === undefined) continue;
        // What does not parse is told of when the key is started.
        const entry = readTurn(object.metadata);
        const preferred = preferredRegion(key, this.#regions) === this.#region;
        waiting.push(asCandidate({ key, object, entry, preferred }));
      } else if (name.startsWith(PREFIX.inProgress)) {
        const key = this.#key(name, PREFIX.inProgress);
        if (key !== undefined) leases.push({ key, object, entry: readEntry(this.#context, object) });
      } else if (name.startsWith(PREFIX.deadLetter)) {
        const key = this.#key(name, PREFIX.deadLetter);
        if (key !== undefined) deadLetters.set(key, object.generation);
      } else if (name.startsWith(PREFIX.dispatchers)) {
        locks.push(object);
      } else if (name === PAUSE_OBJECT) {
        pause = object;
      }
    }
    return { waiting, leases, deadLetters, locks, pause };
  }

  /** What others put below our prefixes is left alone, and told of. */
  #key(name: string, prefix: string): Key | undefined {
    const key = keyOf(name, prefix);
    if (key.ok) return key.value;
    if (!this.#told.has(name) && this.#told.size < MOST_TOLD) {
      this.#told.add(name);
      this.#context.journal.write('object.foreign', { object: name, problem: key.problem });
    }
    return undefined;
  }
}
