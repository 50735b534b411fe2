import { queryObjects } from 'node:v8';

/** Entries of all maps and sets that are reachable now: also of those that hold nothing but text. */
export function liveEntries(): number {
  const sized = [Map, Set].flatMap((kind) => queryObjects(kind, { format: 'summary' }));
  return sized.reduce((sum, text) => sum + Number(/^(?:Map|Set)\((\d+)\)/.exec(text)?.[1] ?? 0), 0);
}

/** Objects of any kind (promises, maps, closures) that are reachable now in this isolate. Collects garbage first. */
export function liveObjects(): number {
  return queryObjects(Object, { format: 'count' });
}
