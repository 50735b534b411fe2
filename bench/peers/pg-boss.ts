import { AT_ONCE, load, type Peer } from './peer.ts';

interface Boss {
  on(event: 'error', listener: () => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object, options: { singletonKey: string }): Promise<unknown>;
  work(
    name: string,
    options: { batchSize: number; pollingIntervalSeconds: number },
    process: (jobs: readonly { readonly data: { readonly key: string } }[]) => Promise<void>,
  ): Promise<unknown>;
  stop(options: { graceful: boolean }): Promise<void>;
}

/** The part of pg-boss that is used here. */
interface PgBoss {
  readonly PgBoss: new (options: object) => Boss;
}

export const pgBoss: Peer = {
  name: 'pg-boss on Postgres',
  packages: ['pg-boss'],
  server: 'postgres',

  async open(port, onJob) {
    const module = await load<PgBoss>('pg-boss');
    const boss = new module.PgBoss({ connectionString: `postgres://bench@127.0.0.1:${port}/postgres`, max: 20 });
    boss.on('error', () => {});
    await boss.start();
    await boss.createQueue('noop');
    return {
      add: async (key) => void (await boss.send('noop', { key }, { singletonKey: key })),
      async work() {
        // It polls; half a second is the shortest interval it takes, and a batch is what it does at once.
        const options = { batchSize: AT_ONCE, pollingIntervalSeconds: 0.5 };
        await boss.work('noop', options, async (jobs) => {
          for (const { data } of jobs) onJob(data.key);
        });
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
};
