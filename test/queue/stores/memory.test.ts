import { describe, expect, test } from 'vitest';
import { ABSENT } from '../../../queue/ports/object-store.ts';
import { Bucket } from '../../../queue/stores/bucket.ts';
import { memoryStore } from '../../../queue/stores/memory.ts';
import { ManualClock } from '../../../services/testing/manual-clock.ts';
import { objectStoreContract } from './object-store.contract.ts';

describe('the store in memory', () => {
  objectStoreContract(async () => {
    const clock = new ManualClock();
    return memoryStore({ bucket: new Bucket({ clock }), clock });
  });

  test('takes effect half-way through its latency', async () => {
    const clock = new ManualClock();
    const bucket = new Bucket({ clock });
    const latencyMs = (operation: string) => (operation === 'put' ? 40 : 0);
    const store = memoryStore({ bucket, clock, latencyMs });
    let answered = false;
    const write = store.put('a', {}, ABSENT).then(() => (answered = true));
    await clock.advance(19);
    expect(bucket.size).toBe(0);
    await clock.advance(1);
    expect([bucket.size, answered]).toEqual([1, false]);
    await clock.advance(20);
    expect(answered).toBe(true);
    await write;
  });

  test('never takes effect before its caller has gone on', async () => {
    const clock = new ManualClock();
    const bucket = new Bucket({ clock });
    const write = memoryStore({ bucket, clock }).put('a', {}, ABSENT);
    expect(bucket.size).toBe(0);
    await write;
    expect(bucket.size).toBe(1);
  });

  test('says throttled when the bucket does', async () => {
    const clock = new ManualClock();
    const store = memoryStore({ bucket: new Bucket({ clock, rateLimit: true }), clock });
    await store.put('a', {}, ABSENT);
    const object = await store.get('a');
    await store.patch('a', { n: '1' }, { generation: object?.generation ?? '' });
    expect(await store.patch('a', { n: '2' }, { generation: object?.generation ?? '' })).toEqual({ kind: 'throttled' });
  });
});
