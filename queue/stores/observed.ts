import type { Clock } from '../ports/clock.ts';
import type { ObjectStore } from '../ports/object-store.ts';

export type StoreOperation = keyof ObjectStore;

/** One request to the store. */
export interface StoreRequest {
  readonly operation: StoreOperation;
  /** The object; of a copy its destination, of a listing its prefix or start. */
  readonly name: string;
  /** `ok`, or what became of it otherwise; `failed` = it threw. A read that finds nothing is `missing`. */
  readonly result: 'ok' | 'lost' | 'missing' | 'throttled' | 'unknown' | 'failed';
  readonly tookMs: number;
}

/** The same store, with every request told of when it is answered. */
export function observedStore(store: ObjectStore, clock: Clock, observe: (request: StoreRequest) => void): ObjectStore {
  async function watch<T>(
    operation: StoreOperation,
    name: string,
    send: () => Promise<T>,
    resultOf: (answer: T) => StoreRequest['result'],
  ): Promise<T> {
    const sentMs = clock.monotonic();
    let result: StoreRequest['result'] = 'failed';
    try {
      const answer = await send();
      result = resultOf(answer);
      return answer;
    } finally {
      observe({ operation, name, result, tookMs: clock.monotonic() - sentMs });
    }
  }
  const kind = <K extends StoreRequest['result']>(answer: { readonly kind: K }): K => answer.kind;
  return {
    get: (name) =>
      watch(
        'get',
        name,
        () => store.get(name),
        (found) => (found ? 'ok' : 'missing'),
      ),
    list: (query) =>
      watch(
        'list',
        query.prefix ?? query.startOffset ?? '',
        () => store.list(query),
        () => 'ok',
      ),
    put: (name, metadata, condition) => watch('put', name, () => store.put(name, metadata, condition), kind),
    copy: (request) => watch('copy', request.to, () => store.copy(request), kind),
    patch: (name, changes, pin) => watch('patch', name, () => store.patch(name, changes, pin), kind),
    delete: (name, pin) => watch('delete', name, () => store.delete(name, pin), kind),
  };
}
