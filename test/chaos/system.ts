import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ENV } from '../../catalogue/environment.ts';
import type { LogRecord } from '../../local/log-record.ts';
import { patiently } from '../../local/patiently.ts';
import { choosePorts, isPortFree } from '../../local/ports.ts';
import { HintTopic, provisionBucket } from '../../local/provision.ts';
import { schedule } from '../../local/scheduler.ts';
import {
  describeStack,
  dispatcherName,
  grpcAddress,
  httpAddress,
  NAMES,
  portNames,
  pubsubHost,
  type StackSettings,
} from '../../local/stack.ts';
import { Supervisor } from '../../local/supervisor.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';
import { LOCK_SECONDS, type Plan } from './plan.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TICK_MS = 1_000;
/** Rounds that are played at the same time keep out of each other's way. */
const FIRST_PORT = 21_000;

/** Short lives, so that what takes a minute by default takes seconds here. */
const LIVES = {
  [ENV.lockSeconds]: String(LOCK_SECONDS),
  [ENV.watchSeconds]: '1',
  [ENV.graceSeconds]: '2',
  [ENV.handoverSeconds]: '1',
  [ENV.backoffSeconds]: '1',
  [ENV.backoffMaxSeconds]: '2',
};

/** The processes of the local stack, kept alive by its supervisor, and open to be struck. */
export class System implements AsyncDisposable {
  readonly store: ObjectStore;
  /** Where clients find the receiver. */
  readonly receiver: string;
  readonly door: string;
  /** What all processes logged, as it came. */
  readonly records: (LogRecord & { readonly process: string; readonly atMs: number })[] = [];
  /** When which reconciler process was killed. */
  readonly reconcilerDeaths = new Map<number, number>();
  readonly #pids = new Map<string, number>();
  readonly #stopped = new Set<number>();
  readonly #supervisor: Supervisor;
  readonly #hints: HintTopic;
  readonly #over = new AbortController();
  #ticking: Promise<void> = Promise.resolve();

  private constructor(plan: Plan, folder: string, settings: StackSettings, ports: Readonly<Record<string, number>>) {
    const storage = openStorage({ apiEndpoint: httpAddress(ports, 'bucket'), projectId: NAMES.project });
    const clock = systemClock;
    this.store = gcsStore({ storage, bucket: NAMES.bucket, clock, random: systemRandom, readBudgetMs: 2_000 });
    this.receiver = grpcAddress(ports, 'receiver');
    this.door = httpAddress(ports, 'ingress');
    this.#hints = new HintTopic({
      project: NAMES.project,
      topic: NAMES.topic,
      pubsubHost: pubsubHost(settings, ports),
      pushEndpoints: Object.fromEntries(
        plan.regions.map((region) => [region, `${httpAddress(ports, dispatcherName(region, plan.regions))}/`]),
      ),
    });
    const provision: Readonly<Record<string, () => Promise<void>>> = {
      bucket: () => provisionBucket(storage, NAMES.bucket),
      pubsub: () => this.#hints.provision(),
    };
    const {
      PUBSUB_EMULATOR_HOST: _pubsub,
      STORAGE_EMULATOR_HOST: _storage,
      NODE_OPTIONS: _options,
      ...env
    } = process.env;
    this.#supervisor = new Supervisor({
      clock,
      packageRoot: ROOT,
      env: {
        ...env,
        ...LIVES,
        CHAOS_RUNS: join(folder, 'runs.ndjson'),
        CHAOS_SEED: String(plan.seed),
        METADATA_SERVER_DETECTION: 'none',
      },
      stopMs: 8_000,
      onRecord: (name, record) => this.#take(name, record),
      onReady: (name) => patiently(clock, provision[name] ?? (async () => {}), this.#over.signal),
    });
  }

  /** Resolves when all processes are ready. What they leave behind is in `folder`. */
  static async open(plan: Plan, folder: string): Promise<System> {
    const settings: StackSettings = {
      regions: plan.regions,
      concurrency: plan.concurrency,
      latencyMs: 0,
      rateLimit: false,
      stateFolder: join(folder, 'state'),
      work: { reconciler: join(import.meta.dirname, 'reconciler.ts') },
    };
    mkdirSync(settings.stateFolder, { recursive: true });
    const { ports } = await choosePorts(portNames(settings), FIRST_PORT + (process.pid % 500) * 20, isPortFree);
    const system = new System(plan, folder, settings, ports);
    try {
      await system.#supervisor.start(describeStack(settings, ports));
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
    system.#tick();
    return system;
  }

  /** Sends a signal to a process; `undefined` when there is none at the moment. */
  signal(name: string, signal: 'SIGKILL' | 'SIGSTOP'): number | undefined {
    const pid = this.#pids.get(name);
    if (pid === undefined) return undefined;
    if (signal === 'SIGSTOP') this.#stopped.add(pid);
    else {
      if (name === 'reconciler') this.reconcilerDeaths.set(pid, systemClock.now());
      this.#pids.delete(name);
    }
    process.kill(pid, signal);
    return pid;
  }

  /** Lets a stopped process go on; nothing if it was killed meanwhile. */
  wake(pid: number): void {
    if (!this.#stopped.delete(pid) || ![...this.#pids.values()].includes(pid)) return;
    process.kill(pid, 'SIGCONT');
  }

  /** At once, and without waiting. */
  killAll(): void {
    this.#over.abort();
    this.#supervisor.killAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    for (const pid of this.#stopped) this.wake(pid);
    await this.#supervisor.stop();
    await this.#ticking;
    await this.#hints[Symbol.asyncDispose]();
  }

  #take(name: string, record: LogRecord): void {
    this.records.push({ process: name, atMs: systemClock.now(), ...record });
    if (record.event === 'process.ready') this.#pids.set(name, Number(record.pid));
    if (record.event === 'process.exited') this.#pids.delete(name);
  }

  #tick(): void {
    this.#ticking = schedule({
      clock: systemClock,
      intervalMs: TICK_MS,
      publish: (message) => this.#hints.publish(message),
      onFailure: () => {},
      signal: this.#over.signal,
    });
  }
}
