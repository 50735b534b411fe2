import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ENV } from '../catalogue/environment.ts';
import { findRunning } from '../local/state-folder.ts';
import { QueueError } from '../queue/errors.ts';
import type { Flags } from './flags.ts';
import type { TargetSettings } from './target.ts';

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly workingFolder: string;
  readonly homeFolder: string;
}

const profile = z
  .object({
    bucket: z.string().min(1),
    project: z.string().optional(),
    topic: z.string().optional(),
    regions: z.array(z.string().min(1)).default([]),
    concurrency: z.number().int().positive().optional(),
    storageEndpoint: z.url().optional(),
  })
  .strict();

const profiles = z
  .object({
    /** The queue that is meant where none is named. */
    default: z.string().optional(),
    /** Who acts, as the audit names them. */
    operator: z.string().optional(),
    queues: z.record(z.string(), profile).default({}),
  })
  .strict();

type Profiles = z.infer<typeof profiles>;

/**
 * Which queue is meant. The stronger first: `--target`; `--queue`, a name from the profiles file or of the local stack; the environment
 * that services read; a stack that runs in this folder; the default of the profiles file.
 */
export function chooseTarget(flags: Flags, around: Surroundings): TargetSettings {
  const { env } = around;
  const url = flags.word('target');
  if (url !== undefined) return fromUrl(url, env);
  const stack = fromStack(flags.word('stack'), around);
  if (flags.word('stack') !== undefined) {
    if (stack) return stack;
    throw new QueueError('unavailable', `no stack runs on this state folder: stack=${flags.word('stack')}`);
  }
  const known = readProfiles(around);
  const name = flags.word('queue');
  if (name !== undefined) {
    const named = fromProfile(name, known);
    if (named) return named;
    if (stack?.queue === name) return stack;
    if (env[ENV.queue] === name && env[ENV.bucket]) return fromEnvironment(env, `the environment`);
    const names = [...Object.keys(known.queues), ...(stack ? [stack.queue] : [])];
    const list = names.length === 0 ? 'none is known' : `known are ${names.join(', ')}`;
    throw new QueueError('invalid', `--queue names no queue (${list}): queue=${JSON.stringify(name)}`);
  }
  if (env[ENV.bucket]) return fromEnvironment(env, 'the environment');
  if (stack) return stack;
  const preset = known.default === undefined ? undefined : fromProfile(known.default, known);
  if (preset) return preset;
  throw new QueueError(
    'invalid',
    `no queue is named: start a stack here (npm start), set ${ENV.bucket}, give --target gs://BUCKET, or name one with --queue from ${profilesFile(around)}`,
  );
}

/** Who acts: `LEVELSET_OPERATOR`, the profiles file, or the user of this machine. A claim, not a proof. */
export function chooseOperator(around: Surroundings, user: string): string {
  return around.env[ENV.operator] || readProfiles(around).operator || user;
}

function fromUrl(url: string, env: NodeJS.ProcessEnv): TargetSettings {
  const [, bucket] = /^gs:\/\/([a-z0-9][a-z0-9._-]{1,220})\/?$/.exec(url) ?? [];
  const [, endpoint, path] = /^(https?:\/\/[^/]+)\/([a-z0-9][a-z0-9._-]*)\/?$/.exec(url) ?? [];
  const named = bucket ?? path;
  if (named === undefined) {
    throw new QueueError(
      'invalid',
      `--target must be gs://BUCKET, or http://HOST:PORT/BUCKET of an emulator: target=${JSON.stringify(url)}`,
    );
  }
  // A topic and regions of another bucket's environment would send hints to the wrong dispatchers.
  const same = env[ENV.bucket] === named;
  const rest = same ? fromEnvironment(env, '') : undefined;
  return {
    queue: rest?.queue ?? named,
    bucket: named,
    project: env[ENV.project] || env.GOOGLE_CLOUD_PROJECT || undefined,
    topic: rest?.topic,
    regions: rest?.regions ?? [],
    concurrency: rest?.concurrency,
    storageEndpoint: bucket === undefined ? endpoint : undefined,
    pubsubHost: env.PUBSUB_EMULATOR_HOST || undefined,
    local: false,
    source: '--target',
  };
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>, source: string): TargetSettings {
  const bucket = env[ENV.bucket] ?? '';
  const concurrency = env[ENV.concurrency];
  return {
    queue: env[ENV.queue] || bucket,
    bucket,
    project: env[ENV.project] || env.GOOGLE_CLOUD_PROJECT || undefined,
    topic: env[ENV.topic] || undefined,
    regions: (env[ENV.regions] ?? '').split(',').flatMap((region) => region.trim() || []),
    concurrency: concurrency !== undefined && /^\d{1,6}$/.test(concurrency) ? Number(concurrency) : undefined,
    storageEndpoint: env[ENV.storageEndpoint] || undefined,
    pubsubHost: env.PUBSUB_EMULATOR_HOST || undefined,
    local: isLocal(env),
    source,
  };
}

/** As the local stack sets it: an emulator, and a project that Google never gives out. */
function isLocal(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env[ENV.storageEndpoint]) && (env[ENV.project] ?? '').startsWith('demo-');
}

function fromStack(state: string | undefined, { workingFolder }: Surroundings): TargetSettings | undefined {
  const running = findRunning(resolve(workingFolder, state ?? '.levelset'));
  return running && { ...fromEnvironment(running.environment, 'local stack'), local: true };
}

function fromProfile(name: string, { queues }: Profiles): TargetSettings | undefined {
  const found = Object.hasOwn(queues, name) ? queues[name] : undefined;
  return found && { ...found, queue: name, pubsubHost: undefined, local: false, source: 'profile' };
}

function profilesFile({ env, homeFolder }: Surroundings): string {
  return env[ENV.profiles] || join(env.XDG_CONFIG_HOME || join(homeFolder, '.config'), 'levelset', 'profiles.json');
}

function readProfiles(around: Surroundings): Profiles {
  const file = profilesFile(around);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (!around.env[ENV.profiles] && (cause as NodeJS.ErrnoException).code === 'ENOENT') return { queues: {} };
    throw new QueueError('invalid', `the profiles file cannot be read: file=${file}`, cause);
  }
  try {
    return profiles.parse(JSON.parse(text));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new QueueError('invalid', `the profiles file is not understood: file=${file}: ${problem}`, cause);
  }
}
