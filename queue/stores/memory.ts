import { QueueError } from '../errors.ts';
import { type Clock, sleep } from '../ports/clock.ts';
import type { Deleted, ListPage, ObjectStore, StoredObject, Written } from '../ports/object-store.ts';
import type { Applied, Bucket, BucketObject, Refusal } from './bucket.ts';
import { conditionsOf } from './conditions.ts';
import { problemOfName } from './object-name.ts';

export interface MemoryStoreOptions {
  readonly bucket: Bucket;
  readonly clock: Clock;
  /** Milliseconds from call to answer; the operation takes effect half-way. Absent: at the next turn, without a timer. */
  readonly latencyMs?: number | ((operation: keyof ObjectStore) => number);
}

/** The queue's store in memory: the laws of {@link Bucket} behind the port, never failing, never unknown. */
export function memoryStore({ bucket, clock, latencyMs = 0 }: MemoryStoreOptions): ObjectStore {
  async function request<T>(operation: keyof ObjectStore, apply: () => T): Promise<T> {
    const halfMs = (typeof latencyMs === 'function' ? latencyMs(operation) : latencyMs) / 2;
    await (halfMs > 0 ? sleep(clock, halfMs) : Promise.resolve());
    const answer = apply();
    if (halfMs > 0) await sleep(clock, halfMs);
    return answer;
  }

  return {
    get: (name) =>
      request('get', () => {
        const problem = problemOfName(name);
        if (problem) throw new QueueError('invalid', problem);
        const answer = bucket.get(name);
        return answer.kind === 'ok' ? view(answer.object) : undefined;
      }),
    list: (query) =>
      request('list', (): ListPage => {
        const answer = bucket.list(query);
        if (answer.kind === 'invalid') throw new QueueError('invalid', answer.reason);
        const objects = answer.objects.map(view);
        return answer.nextPageToken === undefined ? { objects } : { objects, nextPageToken: answer.nextPageToken };
      }),
    put: (name, metadata, condition) =>
      request('put', () => written(bucket.insert(name, { metadata }, conditionsOf(condition)))),
    copy: ({ from, source, to, destination, metadata }) =>
      request('copy', () => {
        const conditions = { source: conditionsOf(source), destination: conditionsOf(destination) };
        return written(bucket.copy(bucket, { from, to, ...conditions, content: { metadata } }));
      }),
    patch: (name, changes, pin) =>
      request('patch', () => written(bucket.patch(name, { metadata: changes }, conditionsOf(pin)))),
    delete: (name, pin) =>
      request('delete', (): Deleted => {
        const answer = written(bucket.delete(name, conditionsOf(pin)));
        return answer.kind === 'ok' ? { kind: 'ok' } : answer;
      }),
  };
}

function written(answer: Applied | Refusal): Written {
  switch (answer.kind) {
    case 'ok':
      return { kind: 'ok', object: view(answer.object) };
    case 'unmet':
      return { kind: 'lost' };
    case 'missing':
    case 'throttled':
      return { kind: answer.kind };
    case 'invalid':
      throw new QueueError('invalid', answer.reason);
    default:
      return answer satisfies never;
  }
}

function view({ name, generation, metageneration, metadata }: BucketObject): StoredObject {
  return { name, generation, metageneration, metadata };
}
