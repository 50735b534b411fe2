import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { silentJournal } from '../../catalogue/events.ts';
import { ENV } from '../../catalogue/environment.ts';
import { HintTopic, provisionBucket } from '../../local/provision.ts';
import { startPubsubEmulator } from '../../local/pubsub/server.ts';
import { startStorageEmulator } from '../../local/storage/emulator.ts';
import type { QueueContext } from '../../queue/context.ts';
import { tickMessage } from '../../queue/core/hint.ts';
import type { ObjectStore } from '../../queue/ports/object-store.ts';
import { gcsStore } from '../../queue/stores/gcs.ts';
import { openStorage } from '../../queue/stores/gcs-client.ts';
import { silentLog } from '../../services/reconciler/log.ts';
import type { Handler } from '../../services/reconciler/reconciler.ts';
import { ReconcilerService } from '../../services/reconciler/service.ts';
import { pubsubHints } from '../../services/hints/pubsub-hints.ts';
import { Receiver } from '../../services/receiver/receiver.ts';
import { systemClock, systemRandom } from '../../services/runtime/clock.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PROJECT = 'demo-test';
const BUCKET = 'queue';
const TOPIC = 'hints';

/** A line of a dispatcher's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A dispatcher in a process of its own. */
export interface DispatcherProcess {
  readonly process: ChildProcess;
  readonly log: LogLine[];
  readonly exited: Promise<unknown>;
}

/**
 * The emulators and a reconciler in this process, dispatchers in processes of their own, with locks of a few seconds. What
 * `npm start` wires up, but with nobody who restarts what was killed.
 */
export class Cloud implements AsyncDisposable {
  readonly store: ObjectStore;
  readonly receiver: Receiver;
  readonly #context: QueueContext;
  readonly #regions: readonly string[];
  readonly #closers: (() => unknown)[];
  readonly #endpoint: string;
  readonly #pubsubHost: string;
  readonly #reconciler: number;
  readonly #hints: ReturnType<typeof pubsubHints>;

  private constructor(parts: {
    closers: (() => unknown)[];
    regions: readonly string[];
    endpoint: string;
    pubsubHost: string;
    reconciler: number;
    store: ObjectStore;
    hints: ReturnType<typeof pubsubHints>;
  }) {
    this.store = parts.store;
    this.#context = { store: parts.store, clock: systemClock, random: systemRandom, journal: silentJournal };
    this.receiver = new Receiver({ context: this.#context, hints: parts.hints, regions: parts.regions });
    this.#regions = parts.regions;
    this.#closers = parts.closers;
    this.#endpoint = parts.endpoint;
    this.#pubsubHost = parts.pubsubHost;
    this.#reconciler = parts.reconciler;
    this.#hints = parts.hints;
  }

  static async open(regions: readonly string[], handler: Handler): Promise<Cloud> {
    const closers: (() => unknown)[] = [];
    const ports = { port: 0, clock: systemClock, random: systemRandom };
    const bucket = await startStorageEmulator(ports);
    closers.push(() => bucket.close());
    const pubsub = await startPubsubEmulator(ports);
    closers.push(() => pubsub.close());
    const pubsubHost = `127.0.0.1:${pubsub.port}`;
    // As Google's client reads them; there is no metadata server here, and looking for one takes seconds.
    Object.assign(process.env, { PUBSUB_EMULATOR_HOST: pubsubHost, METADATA_SERVER_DETECTION: 'none' });
    const hints = pubsubHints({ project: PROJECT, topic: TOPIC });
    closers.push(() => hints[Symbol.asyncDispose]());
    const service = new ReconcilerService(
      { handler },
      { host: '127.0.0.1', port: 0 },
      { clock: systemClock, random: systemRandom, journal: silentJournal, log: silentLog, flushed: async () => {} },
    );
    const reconciler = await service.listen();
    closers.push(() => service.close());
    const storage = openStorage({ apiEndpoint: bucket.origin, projectId: PROJECT });
    await provisionBucket(storage, BUCKET);
    const store = gcsStore({ storage, bucket: BUCKET, clock: systemClock, random: systemRandom });
    return new Cloud({ closers, regions, endpoint: bucket.origin, pubsubHost, reconciler, store, hints });
  }

  /** Starts a dispatcher; its region's pushes go to it from then on. */
  async dispatcher(region: string, env: Readonly<Record<string, string>> = {}): Promise<DispatcherProcess> {
    const child = spawn(process.execPath, ['services/dispatcher/main.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        PUBSUB_EMULATOR_HOST: this.#pubsubHost,
        [ENV.port]: '0',
        [ENV.queue]: 'test',
        [ENV.project]: PROJECT,
        [ENV.bucket]: BUCKET,
        [ENV.topic]: TOPIC,
        [ENV.region]: region,
        [ENV.regions]: this.#regions.join(','),
        [ENV.reconciler]: `127.0.0.1:${this.#reconciler}`,
        [ENV.storageEndpoint]: this.#endpoint,
        [ENV.log]: 'json',
        [ENV.lockSeconds]: '6',
        [ENV.watchSeconds]: '2',
        ...env,
      },
    });
    this.#closers.push(() => child.kill('SIGKILL'));
    const log: LogLine[] = [];
    const lines = createInterface({ input: child.stdout });
    const listening = new Promise<number>((ready, failed) => {
      child.once('exit', (code) => failed(new Error(`the dispatcher exited with ${code}`)));
      lines.on('line', (line) => {
        const entry = JSON.parse(line) as LogLine;
        log.push(entry);
        if (entry.event === 'service.listening') ready(entry.port as number);
      });
    });
    const exited = once(child, 'exit');
    await this.#push(region, await listening);
    return { process: child, log, exited };
  }

  async #push(region: string, port: number): Promise<void> {
    const pushEndpoints = { [region]: `http://127.0.0.1:${port}/` };
    await using topic = new HintTopic({ project: PROJECT, topic: TOPIC, pubsubHost: this.#pubsubHost, pushEndpoints });
    await topic.provision();
  }

  /** As the scheduler does each minute. */
  tick(): Promise<void> {
    return this.#hints.publish(tickMessage);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was opened last relies on what was opened before.
    for (const close of this.#closers.toReversed()) await close();
  }
}
