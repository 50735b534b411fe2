import { queryObjects } from 'node:v8';

/** Objects of any kind (promises, maps, closures) that are reachable now in this isolate. Collects garbage first. */
export function liveObjects(): number {
  return queryObjects(Object, { format: 'count' });
}
