import { defineReconciler, done, reject, requeueAfter } from 'levelset';
import { type Mirror, mirrorPath } from './mirror-path.ts';
import { placeOf } from './place.ts';

/** Long enough for an editor or a download to get on, short enough to watch. */
const UNSETTLED_DELAY = '1s';

/** Keys are paths relative to both folders. The whole reconciler: name the path, make it equal, say how it went. */
export const mirrorReconciler = (mirror: Mirror) =>
  defineReconciler(async ({ key, signal }) => {
    const place = placeOf(key);
    if (!place.ok) return reject(place.problem);
    const mirrored = await mirrorPath(mirror, place.segments, signal);
    return mirrored === 'unsettled' ? requeueAfter(UNSETTLED_DELAY) : done();
  });
