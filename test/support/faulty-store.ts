import type { ObjectStore, Written } from '../../queue/ports/object-store.ts';
import { QueueError } from '../../queue/errors.ts';

/**
 * What happens to a request:
 * - `lost answer`: carried out, but the caller never learns;
 * - `dropped`: not carried out, and the caller cannot know;
 * - `late`: not carried out before `release` is called, the caller gets no answer;
 * - `throttled`: refused with 429;
 * - `refused`: for a reason that no repetition mends, such as 403: it throws.
 */
export type Fault = 'lost answer' | 'dropped' | 'late' | 'throttled' | 'refused';

export interface FaultyStore extends ObjectStore {
  /** Carries out the requests that were late. */
  release(): Promise<void>;
}

const UNKNOWN: Written = { kind: 'unknown', cause: new Error('no answer') };

/** A store that does to each request what `fault` says. Reads can only be dropped: they fail. */
export function faultyStore(
  store: ObjectStore,
  fault: (operation: string, name: string) => Fault | undefined,
): FaultyStore {
  const late: (() => Promise<unknown>)[] = [];
  const write = async <T>(operation: string, name: string, send: () => Promise<T>): Promise<T> => {
    switch (fault(operation, name)) {
      case 'lost answer':
        await send();
        return UNKNOWN as T;
      case 'dropped':
        return UNKNOWN as T;
      case 'late':
        late.push(send);
        return UNKNOWN as T;
      case 'refused':
        throw new QueueError('unavailable', `the bucket refused ${operation} ${name}: 403 Forbidden`);
      case 'throttled':
        return { kind: 'throttled' } as T;
      default:
        return send();
    }
  };
  const read = async <T>(operation: string, name: string, send: () => Promise<T>): Promise<T> => {
    if (fault(operation, name)) throw new QueueError('unavailable', `the bucket does not answer: ${operation} ${name}`);
    return send();
  };
  return {
    get: (name) => read('get', name, () => store.get(name)),
    list: (query) => read('list', query.prefix ?? query.startOffset ?? '', () => store.list(query)),
    put: (name, metadata, condition) => write('put', name, () => store.put(name, metadata, condition)),
    copy: (request) => write('copy', request.to, () => store.copy(request)),
    patch: (name, changes, pin) => write('patch', name, () => store.patch(name, changes, pin)),
    delete: (name, pin) => write('delete', name, () => store.delete(name, pin)),
    async release() {
      for (const send of late.splice(0)) await send();
    },
  };
}
