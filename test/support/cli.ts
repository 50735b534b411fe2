import { runCli } from '../../cli/program.ts';
import type { Screen } from '../../cli/host.ts';
import type { Target } from '../../cli/target.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import type { World } from './world.ts';

export interface Answered {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** What was asked. */
  readonly asked: readonly string[];
  /** Lines of the output as JSON. */
  readonly rows: () => Record<string, unknown>[];
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What a person answers; absent: there is nobody. */
  readonly answer?: string;
  readonly files?: Readonly<Record<string, readonly string[]>>;
  readonly columns?: number;
  readonly screen?: Screen;
  readonly signal?: AbortSignal;
  /** In place of the world's. */
  readonly store?: ObjectStore;
  readonly facts?: Partial<Target['facts']>;
  readonly publishFails?: boolean;
}

/** A queue on this machine: no reasons are asked for. */
export const LOCAL_ENV = {
  LEVELSET_QUEUE: 'demo',
  LEVELSET_BUCKET: 'demo',
  LEVELSET_PROJECT: 'demo-levelset',
  LEVELSET_TOPIC: 'hints',
  LEVELSET_STORAGE_ENDPOINT: 'http://127.0.0.1:1',
} as const;

/** A queue on Google Cloud. */
export const CLOUD_ENV = {
  LEVELSET_QUEUE: 'prod',
  LEVELSET_BUCKET: 'prod-queue',
  LEVELSET_PROJECT: 'acme',
  LEVELSET_TOPIC: 'hints',
} as const;

/** Starts a command line on the world's bucket; hints go to its dispatchers. Virtual time has to be passed for what waits. */
export async function startCli(world: World, args: readonly string[], options: CliOptions = {}): Promise<Answered> {
  let out = '';
  let err = '';
  const asked: string[] = [];
  const { columns, answer, files = {} } = options;
  const screen =
    options.screen ??
    (columns === undefined
      ? undefined
      : { size: () => ({ columns, rows: 24 }), write: (text: string) => void (out += text), onKey: () => () => {} });
  const exit = await runCli(args, {
    env: { LEVELSET_REGIONS: world.regions.join(','), ...(options.env ?? LOCAL_ENV) },
    clock: world.clock,
    workingFolder: '/nonexistent',
    homeFolder: '/nonexistent',
    user: 'ann@laptop',
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    screen,
    ask:
      answer === undefined
        ? undefined
        : async (question) => {
            asked.push(question);
            return answer;
          },
    async *lines(file) {
      yield* files[file] ?? [];
    },
    interrupted: () => options.signal ?? new AbortController().signal,
    openTarget: async (settings) => ({
      settings,
      context: world.contextFor(options.store ?? world.store),
      publish: async (message) => {
        if (options.publishFails) throw new Error('the topic is gone');
        world.deliver(message);
      },
      facts: {
        bucket: async () => ({ versioning: false, softDeleteSeconds: 0, lifecycleRules: 0 }),
        topic: async () => ({ exists: true, subscriptions: [] }),
        madeMs: async () => world.clock.now(),
        ...options.facts,
      },
      async [Symbol.asyncDispose]() {},
    }),
    dev: async () => 5,
  });
  const rows = () =>
    out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
  return { exit, out, err, asked, rows };
}

/** Virtual time in which every command line ends. */
const MOST_MS = 200_000;

/** Runs a command line to its end, with as much virtual time as it needs. */
export async function cli(world: World, args: readonly string[], options: CliOptions = {}): Promise<Answered> {
  let ended = false;
  const answered = startCli(world, args, options).finally(() => (ended = true));
  await world.clock.settle();
  const endMs = world.clock.monotonic() + MOST_MS;
  while (!ended) {
    if (world.clock.monotonic() > endMs) throw new Error(`still running after ${MOST_MS} ms: ${args.join(' ')}`);
    await world.clock.advance(50);
  }
  return answered;
}
