import { METRICS } from '../../catalogue/metrics.ts';
import { PREFIX } from '../../queue/core/layout.ts';
import type { StoreRequest } from '../../queue/stores/observed.ts';
import type { Instruments } from './instruments.ts';

const RESULT = {
  ok: 'ok',
  // An answer like another.
  missing: 'ok',
  lost: 'lost',
  throttled: 'throttled',
  unknown: 'error',
  failed: 'error',
} as const satisfies Record<StoreRequest['result'], string>;

/** Counts the requests to the bucket. A copy below `in-progress/` is a lease that was asked for. */
export function countRequests(instruments: Instruments): (request: StoreRequest) => void {
  return ({ operation, name, result, tookMs }) => {
    const op = operation === 'put' ? 'create' : operation;
    instruments.count(METRICS.storeRequests, { op, result: RESULT[result] });
    if (operation === 'list') instruments.record(METRICS.enumerateLatency, tookMs / 1000);
    if (operation === 'copy' && name.startsWith(PREFIX.inProgress)) {
      if (result === 'ok') instruments.count(METRICS.claims, { result: 'won' });
      if (result === 'lost' || result === 'missing') instruments.count(METRICS.claims, { result: 'lost' });
    }
  };
}
