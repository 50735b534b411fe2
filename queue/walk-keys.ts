import { CensusCount, type Counted, type Standing } from './core/census.ts';
import { type KeyFilter, matchesFilter } from './core/key-filter.ts';
import { PREFIX } from './core/layout.ts';
import { pagesOf } from './list-ranges.ts';
import type { Clock } from './ports/clock.ts';
import type { ObjectStore, StoredObject } from './ports/object-store.ts';

/** A key's entry as a walk met it, with the object as it was listed. */
export type Walked = Counted & { readonly object: StoredObject };

const QUEUED: readonly Standing[] = ['eligible', 'waiting', 'touched'];
const DEAD: readonly Standing[] = ['dead', 'redriven'];

/**
 * Walks through the keys that a filter means, a page of a thousand at a time and in order: those that run, those that are queued, the
 * dead. Costs no request a key, and no more memory than a page.
 */
export async function* walkKeys(
  ports: { readonly store: ObjectStore; readonly clock: Clock },
  standings: ReadonlySet<Standing>,
  filter: KeyFilter = {},
): AsyncGenerator<Walked> {
  const nowMs = ports.clock.now();
  const count = new CensusCount(nowMs);
  const wants = (some: readonly Standing[]) => some.some((standing) => standings.has(standing));
  // Leases are counted, if not handed on, before queued entries, so that twins are told from eligible keys.
  const prefixes = [
    ...(standings.has('running') || wants(QUEUED) ? [PREFIX.inProgress] : []),
    ...(wants(QUEUED) ? [PREFIX.queued] : []),
    ...(wants(DEAD) ? [PREFIX.deadLetter] : []),
  ];
  for (const prefix of prefixes) {
    for await (const objects of pagesOf(ports.store, { prefix: prefix + (filter.prefix ?? '') })) {
      for (const object of objects) {
        const counted = count.add(object);
        if (counted && standings.has(counted.standing) && matchesFilter(filter, counted, nowMs)) {
          yield { ...counted, object };
        }
      }
    }
  }
}
