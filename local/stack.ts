import { EMULATOR_ENV, ENV } from '../catalogue/environment.ts';
import { MIRROR_ENV } from '../examples/mirror/folders.ts';
import { LOOPBACK } from './ports.ts';
import type { Work } from './work.ts';

/** One process of the stack: what is run, and when relative to the others. Those with equal numbers go side by side. */
export interface ProcessSpec {
  readonly name: string;
  /** Absolute, or relative to the package. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Lower ones are ready before higher ones begin. */
  readonly startsAt: number;
  /** Lower ones have ended before higher ones are told to: who makes work first, who does it next, what all rely on last. */
  readonly stopsAt: number;
}

export interface StackSettings {
  readonly regions: readonly string[];
  readonly concurrency: number;
  readonly latencyMs: number;
  readonly rateLimit: boolean;
  /** Where the bucket is kept, in a folder of its own. */
  readonly stateFolder: string;
  readonly work: Work;
  /** `host:port` of a Pub/Sub emulator that runs already. */
  readonly externalPubsub?: string;
}

/** Fixed, so that a kept state folder goes on where it was. A project id beginning with `demo-` is never a real one. */
export const NAMES = { queue: 'demo', bucket: 'demo', project: 'demo-levelset', topic: 'demo-hints' } as const;

/** Of the resources, where there are any. */
export const RESOURCE_NAMES = { bucket: 'demo-resources', topic: 'demo-events' } as const;

/** There is no metadata server here; looking for one costs Google's clients seconds and a warning. */
export const NO_METADATA_SERVER = { METADATA_SERVER_DETECTION: 'none' } as const;

/** Metrics are there to be looked at. Whoever wants them pushed as well says so in the stack's own environment. */
const PAGE = { [ENV.metricsExporter]: 'otlp,prometheus' } as const;

type Ports = Readonly<Record<string, number>>;

export function dispatcherName(region: string, regions: readonly string[]): string {
  return regions.length === 1 ? 'dispatcher' : `dispatcher-${region}`;
}

/** Whoever listens, in the order in which ports are given out. */
export function portNames({ regions, externalPubsub }: StackSettings): readonly string[] {
  const pubsub = externalPubsub === undefined ? ['pubsub'] : [];
  const dispatchers = regions.map((region) => dispatcherName(region, regions));
  return [
    'receiver',
    'ingress',
    'reconciler',
    'bucket',
    ...pubsub,
    'inspector',
    ...dispatchers,
    'receiver-metrics',
    'reconciler-metrics',
  ];
}

/** The process of the API; its port is asked for by itself. */
export const API = 'api';

function portOf(ports: Ports, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port was chosen for ${name}`);
  return port;
}

const hostPort = (ports: Ports, name: string): string => `${LOOPBACK}:${portOf(ports, name)}`;
export const httpAddress = (ports: Ports, name: string): string => `http://${hostPort(ports, name)}`;
export const grpcAddress = (ports: Ports, name: string): string => hostPort(ports, name);

export function pubsubHost(settings: StackSettings, ports: Ports): string {
  return settings.externalPubsub ?? hostPort(ports, 'pubsub');
}

/** What a program needs to talk to the stack: the services read it, and so does whatever `exec` runs. */
export function clientEnvironment(settings: StackSettings, ports: Ports): Record<string, string> {
  return {
    ...(settings.work.kinds !== undefined && {
      [ENV.resourcesBucket]: RESOURCE_NAMES.bucket,
      [ENV.eventsTopic]: RESOURCE_NAMES.topic,
    }),
    [ENV.queue]: NAMES.queue,
    [ENV.bucket]: NAMES.bucket,
    [ENV.project]: NAMES.project,
    [ENV.topic]: NAMES.topic,
    [ENV.regions]: settings.regions.join(','),
    [ENV.concurrency]: String(settings.concurrency),
    [ENV.receiver]: grpcAddress(ports, 'receiver'),
    [ENV.storageEndpoint]: httpAddress(ports, 'bucket'),
    PUBSUB_EMULATOR_HOST: pubsubHost(settings, ports),
    GOOGLE_CLOUD_PROJECT: NAMES.project,
    ...NO_METADATA_SERVER,
  };
}

/** All processes. Pure: the same settings and ports make the same stack. */
export function describeStack(settings: StackSettings, ports: Ports): readonly ProcessSpec[] {
  const client = clientEnvironment(settings, ports);
  const port = (name: string) => String(portOf(ports, name));
  const { work } = settings;
  const mirror: Record<string, string> = work.folders
    ? { [MIRROR_ENV.source]: work.folders.source, [MIRROR_ENV.target]: work.folders.target }
    : {};

  const bucket: ProcessSpec = {
    name: 'bucket',
    file: 'local/storage/main.ts',
    env: {
      [EMULATOR_ENV.storagePort]: port('bucket'),
      [EMULATOR_ENV.storageState]: settings.stateFolder,
      [EMULATOR_ENV.storageLatencyMs]: String(settings.latencyMs),
      ...(settings.rateLimit && { [EMULATOR_ENV.storageRateLimit]: 'true' }),
      PUBSUB_EMULATOR_HOST: pubsubHost(settings, ports),
    },
    startsAt: 0,
    stopsAt: 4,
  };
  const pubsub: ProcessSpec = {
    name: 'pubsub',
    file: 'local/pubsub/main.ts',
    env: { [EMULATOR_ENV.pubsubPort]: String(ports.pubsub) },
    startsAt: 0,
    stopsAt: 4,
  };
  const reconciler: ProcessSpec = {
    name: 'reconciler',
    file: work.reconciler,
    env: {
      ...{ ...client, ...mirror, ...PAGE, [ENV.port]: port('reconciler'), [ENV.log]: 'json' },
      [ENV.metricsPort]: port('reconciler-metrics'),
    },
    startsAt: 0,
    stopsAt: 3,
  };
  const receiver: ProcessSpec = {
    name: 'receiver',
    file: 'services/receiver/main.ts',
    env: {
      ...{ ...client, ...PAGE, [ENV.port]: port('receiver'), [ENV.log]: 'json' },
      [ENV.metricsPort]: port('receiver-metrics'),
    },
    startsAt: 1,
    stopsAt: 2,
  };
  const ingress: ProcessSpec = {
    name: 'ingress',
    file: 'services/ingress/main.ts',
    env: { ...client, ...PAGE, [ENV.port]: port('ingress'), [ENV.log]: 'json' },
    startsAt: 1,
    stopsAt: 2,
  };
  const dispatchers = settings.regions.map((region): ProcessSpec => {
    const name = dispatcherName(region, settings.regions);
    return {
      name,
      file: 'services/dispatcher/main.ts',
      env: {
        ...client,
        ...PAGE,
        [ENV.port]: port(name),
        [ENV.region]: region,
        [ENV.reconciler]: grpcAddress(ports, 'reconciler'),
        [ENV.log]: 'json',
      },
      startsAt: 1,
      stopsAt: 1,
    };
  });
  const api = work.kinds === undefined ? [] : [apiProcess(work.kinds, client, port(API))];
  const watcher: ProcessSpec = {
    name: 'watcher',
    file: 'examples/mirror/watcher/main.ts',
    env: { ...mirror, MIRROR_INGRESS: httpAddress(ports, 'ingress') },
    startsAt: 2,
    stopsAt: 0,
  };
  return [
    bucket,
    ...(settings.externalPubsub === undefined ? [pubsub] : []),
    reconciler,
    receiver,
    ingress,
    ...dispatchers,
    ...api,
    ...(work.folders ? [watcher] : []),
  ];
}

function apiProcess(kinds: string, client: Readonly<Record<string, string>>, port: string): ProcessSpec {
  return {
    name: API,
    file: 'services/api/main.ts',
    env: { ...client, [ENV.kinds]: kinds, [ENV.port]: port, [ENV.log]: 'json' },
    // It queues something as soon as it is there.
    startsAt: 2,
    stopsAt: 0,
  };
}
