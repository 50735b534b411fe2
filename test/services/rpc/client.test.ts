import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { receiverHandlers } from '../../../services/receiver/grpc.ts';
import { openQueue, type Queue, QueueError } from '../../../services/rpc/client.ts';
import { type RpcServer, rpcServer } from '../../../services/rpc/server.ts';
import { systemClock } from '../../../services/runtime/clock.ts';
import { brokenStore, receiving } from '../../support/receiver.ts';

async function open(parts: ReturnType<typeof receiving>): Promise<{ queue: Queue; server: RpcServer }> {
  const handlers = receiverHandlers(parts.receiver, parts.journal);
  const server = rpcServer({ handlers, host: '127.0.0.1', port: 0, clock: systemClock });
  return { server, queue: openQueue({ address: `127.0.0.1:${await server.listen()}` }) };
}

describe('a queue', () => {
  let parts: ReturnType<typeof receiving>;
  let opened: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => {
    parts = receiving();
    opened = await open(parts);
  });
  afterEach(async () => {
    opened.queue.close();
    await opened.server.close(1_000);
  });

  test('takes a key and shows its state', async () => {
    await opened.queue.enqueue('a', { priority: 3, delay: '90s' });
    const state = await opened.queue.state('a');
    expect(state).toMatchObject({ key: 'a', status: 'queued', priority: 3, attempts: 0 });
    expect(state?.notBeforeMs).toBeGreaterThan(state?.queuedMs ?? 0);
    expect(await opened.queue.state('b')).toBeUndefined();
  });

  test('takes many keys', async () => {
    await opened.queue.enqueueAll(
      Array.from({ length: 200 }, (_, i) => `key-${i}`),
      { priority: 1 },
    );
    expect((await parts.context.store.list({ prefix: 'queued/' })).objects).toHaveLength(200);
  });

  test('refuses bad input before anything is sent, naming the rule', async () => {
    const rule = { kind: 'invalid', message: expect.stringContaining('key is empty') };
    await expect(opened.queue.enqueue('')).rejects.toMatchObject(rule);
    await expect(opened.queue.enqueueAll(['a', ''])).rejects.toMatchObject(rule);
    await expect(opened.queue.state('')).rejects.toMatchObject(rule);
    await expect(opened.queue.enqueue('a', { priority: 1.5 })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(opened.queue.enqueue('a', { delay: 'soon' as '1s' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(opened.queue.enqueue('a', { delay: '366d' })).rejects.toMatchObject({ kind: 'invalid' });
    expect(parts.journal.entries).toEqual([]);
  });
});

test('a receiver without its bucket is unavailable after a few tries, not missing the key', async () => {
  const parts = receiving({ store: brokenStore });
  const { queue, server } = await open(parts);
  await expect(queue.state('a')).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('the bucket did not answer'),
  });
  expect(parts.journal.events.length).toBeGreaterThan(1);
  queue.close();
  await server.close(1_000);
});

test('an address that cannot be one is refused at once', () => {
  expect(() => openQueue({ address: 'rec.internal:8080' })).toThrow(QueueError);
});
