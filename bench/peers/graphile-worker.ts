import { AT_ONCE, load, type Peer } from './peer.ts';

/** The part of graphile-worker that is used here. */
interface GraphileWorker {
  readonly makeWorkerUtils: (options: object) => Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: object, options: { jobKey: string }): Promise<unknown>;
    release(): Promise<void>;
  }>;
  readonly run: (options: object) => Promise<{ stop(): Promise<void> }>;
  readonly Logger: new (log: () => () => void) => object;
}

export const graphileWorker: Peer = {
  name: 'graphile-worker on Postgres',
  packages: ['graphile-worker'],
  server: 'postgres',

  async open(port, onJob) {
    const { makeWorkerUtils, run, Logger } = await load<GraphileWorker>('graphile-worker');
    const connectionString = `postgres://bench@127.0.0.1:${port}/postgres`;
    const logger = new Logger(() => () => {});
    const utils = await makeWorkerUtils({ connectionString, logger, maxPoolSize: 20 });
    await utils.migrate();
    let runner: { stop(): Promise<void> } | undefined;
    return {
      add: async (key) => void (await utils.addJob('noop', { key }, { jobKey: key })),
      async work() {
        runner = await run({
          connectionString,
          logger,
          concurrency: AT_ONCE,
          maxPoolSize: 20,
          noHandleSignals: true,
          taskList: { noop: async ({ key }: { key: string }) => onJob(key) },
          // As its documentation says for throughput: jobs fetched and completed many at once.
          preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        });
      },
      async close() {
        await runner?.stop();
        await utils.release();
      },
    };
  },
};
