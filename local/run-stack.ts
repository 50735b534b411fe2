import { openStorage } from '../queue/stores/gcs-client.ts';
import { gcsStore } from '../queue/stores/gcs.ts';
import type { Clock } from '../queue/ports/clock.ts';
import type { Random } from '../queue/ports/random.ts';
import { ENV } from '../catalogue/environment.ts';
import { addressRows } from './address-rows.ts';
import { commandRunner } from './inspector/actions.ts';
import { Rates } from './inspector/rates.ts';
import { Stories } from './inspector/stories.ts';
import { startInspector } from './inspector/server.ts';
import type { LogRecord } from './log-record.ts';
import type { LocalOptions } from './options.ts';
import { patiently } from './patiently.ts';
import { choosePorts, isPortFree } from './ports.ts';
import { HintTopic, provisionBucket } from './provision.ts';
import { provisionEvents } from './provision-resources.ts';
import { isReachable } from './reachable.ts';
import { schedule } from './scheduler.ts';
import { jsonScreen, type Output, textScreen } from './screen.ts';
import {
  API,
  clientEnvironment,
  describeStack,
  dispatcherName,
  httpAddress,
  NAMES,
  NO_METADATA_SERVER,
  portNames,
  pubsubHost,
  RESOURCE_NAMES,
  type StackSettings,
} from './stack.ts';
import type { StateFolder } from './state-folder.ts';
import { StartError, Supervisor } from './supervisor.ts';
import { listenForStop } from './stop-signals.ts';
import type { Work } from './work.ts';

/** The machine that the stack runs on. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly complain: (problem: string) => void;
  readonly workingFolder: string;
  /** Absolute: where the files of {@link describeStack} lie. */
  readonly packageRoot: string;
}

/** A dispatcher's grace where the environment does not say, as in its own configuration; and what stopping takes besides. */
const GRACE_SECONDS = 8;
const STOP_MARGIN_MS = 5_000;

/** Runs the stack until it is told to stop. Resolves to the exit code. */
export async function runStack(options: LocalOptions, work: Work, folder: StateFolder, host: Host): Promise<number> {
  const { clock, random, env, output, complain, packageRoot } = host;
  const screen = options.json ? jsonScreen(output, () => clock.now()) : textScreen(output, () => clock.now());
  const settings: StackSettings = {
    ...options,
    work,
    stateFolder: folder.path,
    ...(env.PUBSUB_EMULATOR_HOST && { externalPubsub: env.PUBSUB_EMULATOR_HOST }),
  };
  const chosen = await choosePorts(portNames(settings), options.portBase, isPortFree);
  const api = await choosePorts(work.kinds === undefined ? [] : [API], options.apiPort, isPortFree);
  const [ports, moved] = [{ ...chosen.ports, ...api.ports }, [...chosen.moved, ...api.moved]];
  for (const { name, wanted, port } of moved) screen.say(`port ${wanted} is taken: ${name} gets ${port}`);

  const signals = listenForStop(clock);
  const { stop } = signals;
  const stories = new Stories();
  const rates = new Rates();
  const drained = { finished: 0, givenBack: 0 };
  const record = (process: string, logged: LogRecord) => {
    stories.add(logged, clock.now());
    rates.add(logged, clock.now());
    if (stop.aborted && logged.event === 'key.done') drained.finished++;
    if (stop.aborted && logged.event === 'key.interrupted') drained.givenBack++;
    screen.record(process, logged);
  };

  const storage = openStorage({ apiEndpoint: httpAddress(ports, 'bucket'), projectId: NAMES.project });
  const hints = new HintTopic({
    project: NAMES.project,
    topic: NAMES.topic,
    pubsubHost: pubsubHost(settings, ports),
    pushEndpoints: Object.fromEntries(
      settings.regions.map((region) => [region, `${httpAddress(ports, dispatcherName(region, settings.regions))}/`]),
    ),
  });
  const provision: Readonly<Record<string, () => Promise<void>>> = {
    bucket: async () => {
      await provisionBucket(storage, NAMES.bucket);
      if (work.kinds !== undefined) await provisionBucket(storage, RESOURCE_NAMES.bucket);
    },
    // Without memory of its own, an emulator that was started again knows no topics.
    pubsub: async () => {
      await hints.provision();
      if (work.kinds !== undefined) await provisionEvents(eventsOf(settings, ports));
    },
  };
  const supervisor = new Supervisor({
    clock,
    packageRoot,
    env: childEnvironment(env),
    stopMs: Number(env[ENV.graceSeconds] || GRACE_SECONDS) * 1000 + STOP_MARGIN_MS,
    onRecord: record,
    onReady: (name) => patiently(clock, provision[name] ?? (async () => {}), stop),
  });
  signals.onHurry(() => supervisor.killAll());
  const rows = addressRows(settings, ports);
  let inspector: AsyncDisposable | undefined;
  let ticking: Promise<void> | undefined;
  const stopTicking = new AbortController();

  try {
    const store = gcsStore({ storage, bucket: NAMES.bucket, clock, random, readBudgetMs: 2_000 });
    inspector = await startInspector({
      port: Number(ports.inspector),
      store,
      clock,
      stories,
      rates,
      addresses: rows,
      concurrency: settings.concurrency,
      act: commandRunner(packageRoot, { ...childEnvironment(env), ...clientEnvironment(settings, ports) }),
    });
    if (settings.externalPubsub !== undefined) {
      if (!(await isReachable(settings.externalPubsub))) {
        throw new StartError(`nothing answers where PUBSUB_EMULATOR_HOST points: host=${settings.externalPubsub}`);
      }
      await patiently(clock, provision['pubsub'] as () => Promise<void>, stop);
    }
    await Promise.race([supervisor.start(describeStack(settings, ports)), aborted(stop)]);
    if (!stop.aborted) {
      const environment = clientEnvironment(settings, ports);
      folder.announce({ ...environment, STORAGE_EMULATOR_HOST: httpAddress(ports, 'bucket') });
      ticking = schedule({
        clock,
        intervalMs: options.tickMs,
        publish: (message) => hints.publish(message),
        onFailure: (problem) => record('scheduler', { event: 'scheduler.failed', problem }),
        signal: stopTicking.signal,
      });
      screen.addresses(title(folder.path, work), rows);
      await aborted(stop);
    }
    screen.say('stopping: running keys are finished or given back (once more to kill all)');
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    complain(error.message);
    return 1;
  } finally {
    stopTicking.abort();
    await supervisor.stop();
    await ticking;
    await inspector?.[Symbol.asyncDispose]();
    await hints[Symbol.asyncDispose]();
    signals.release();
    screen.say(
      `stopped: ${drained.finished} keys finished, ${drained.givenBack} given back; the queue is kept in ${folder.path}`,
    );
  }
}

function eventsOf(settings: StackSettings, ports: Readonly<Record<string, number>>) {
  const { project } = NAMES;
  const pushEndpoint = `${httpAddress(ports, API)}/events`;
  return { project, topic: RESOURCE_NAMES.topic, pubsubHost: pubsubHost(settings, ports), pushEndpoint };
}

function title(folder: string, { folders }: Work): readonly string[] {
  const lines = [`levelset dev  queue "${NAMES.queue}"  state ${folder} (kept; --fresh to start over)`];
  return folders ? [...lines, `mirroring ${folders.source} -> ${folders.target}`] : lines;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The caller's settings go on to all processes, but for those that would lead them to another bucket than ours. */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { STORAGE_EMULATOR_HOST: _storage, PUBSUB_EMULATOR_HOST: _pubsub, ...rest } = env;
  return { ...rest, ...NO_METADATA_SERVER };
}
