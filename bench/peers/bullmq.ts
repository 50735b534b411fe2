import { AT_ONCE, load, type Peer } from './peer.ts';

interface Closable {
  close(): Promise<void>;
}

/** The part of BullMQ that is used here. */
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => Closable & { add(name: string, data: object, options: { jobId: string }): Promise<unknown> };
  readonly Worker: new (
    name: string,
    process: (job: { id: string }) => Promise<void>,
    options: object,
  ) => Closable & { waitUntilReady(): Promise<unknown> };
}

export const bullmq: Peer = {
  name: 'BullMQ on Redis',
  // BullMQ 6 leaves the choice of a client to its user.
  packages: ['bullmq', 'ioredis'],
  server: 'redis-server',

  async open(port, onJob) {
    const { Queue, Worker } = await load<BullMq>('bullmq');
    const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
    const queue = new Queue('bench', { connection, defaultJobOptions: { removeOnComplete: true } });
    const open: Closable[] = [queue];
    return {
      add: async (key) => void (await queue.add('noop', {}, { jobId: key })),
      async work() {
        const worker = new Worker('bench', async ({ id }) => onJob(id), { connection, concurrency: AT_ONCE });
        open.unshift(worker);
        await worker.waitUntilReady();
      },
      async close() {
        for (const each of open) await each.close();
      },
    };
  },
};
