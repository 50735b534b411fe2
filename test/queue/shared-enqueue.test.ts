import { describe, expect, test } from 'vitest';
import type { Enqueue } from '../../queue/core/enqueue.ts';
import type { Key } from '../../queue/core/key.ts';
import type { Enqueued } from '../../queue/enqueue.ts';
import { SharedEnqueue } from '../../queue/shared-enqueue.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { World } from '../support/world.ts';

const wish = (rest: Partial<Enqueue> = {}): Enqueue => ({ key: 'k' as Key, priority: 0, delaySeconds: 0, ...rest });

describe('enqueues of one key that share writes', () => {
  test('a thousand calls a second cost a few requests, and at most one write a second', async () => {
    const world = new World({ latencyMs: 30 });
    const shared = new SharedEnqueue(world.context);
    const calls: Promise<Enqueued>[] = [];
    for (let ms = 0; ms < 1_000; ms++) {
      calls.push(shared.enqueue(wish()));
      await world.clock.advance(1);
    }
    await world.clock.advance(1_000);
    const kinds = (await Promise.all(calls)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'queued')).toHaveLength(1);
    expect(world.requests.length).toBeLessThan(50);
    expect(world.requests.filter(({ operation, result }) => operation !== 'get' && result === 'ok')).toHaveLength(1);
  });

  test('a call never shares a write that was sent before it was made', async () => {
    const world = new World({ latencyMs: 100 });
    world.dispatcher();
    const shared = new SharedEnqueue(world.context);
    const first = shared.enqueue(wish());
    await world.clock.advance(60);
    // The first write is carried out, but not answered: a run that starts now does not cover the second call.
    expect(world.names()).toEqual(['queued/k']);
    world.bucket.delete('queued/k', {});
    const second = shared.enqueue(wish());
    await world.clock.advance(1_000);
    expect((await first).kind).toBe('queued');
    expect((await second).kind).toBe('queued');
    expect(world.names()).toEqual(['queued/k']);
  });

  test('those who share get the highest priority and the earliest time', async () => {
    const world = new World({ latencyMs: 100 });
    const shared = new SharedEnqueue(world.context);
    const calls = [
      shared.enqueue(wish({ delaySeconds: 3_600 })),
      shared.enqueue(wish({ priority: 3, delaySeconds: 600 })),
      shared.enqueue(wish({ priority: 7, delaySeconds: 900 })),
    ];
    await world.clock.advance(2_000);
    await Promise.all(calls);
    const { priority, 'not-before': notBefore = '' } = world.metadata('queued/k') ?? {};
    expect(priority).toBe('00000007');
    expect(Math.round((Date.parse(notBefore) - world.clock.now()) / 10_000)).toBe(60);
    const now = shared.enqueue(wish());
    const calledMs = world.clock.now();
    await world.clock.advance(2_000);
    await now;
    expect(Date.parse(world.metadata('queued/k')?.['not-before'] ?? '')).toBe(calledMs);
  });

  test('a write that fails fails for all who share it, and not for those after', async () => {
    const world = new World({ latencyMs: 10 });
    let down = true;
    const store = faultyStore(world.store, () => (down ? 'dropped' : undefined));
    const shared = new SharedEnqueue(world.contextFor(store));
    const outcomes = Promise.allSettled([shared.enqueue(wish()), shared.enqueue(wish()), shared.enqueue(wish())]);
    await world.clock.advance(60_000);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    down = false;
    const later = shared.enqueue(wish());
    await world.clock.advance(1_000);
    expect((await later).kind).toBe('queued');
  });

  test('other keys do not wait', async () => {
    const world = new World({ latencyMs: 100 });
    const shared = new SharedEnqueue(world.context);
    const calls = ['a', 'b', 'c'].map((key) => shared.enqueue(wish({ key: key as Key })));
    await world.clock.advance(100);
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['queued', 'queued', 'queued']);
  });
});
