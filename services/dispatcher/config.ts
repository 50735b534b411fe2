import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { parseAddress } from '../rpc/address.ts';
import { bindHost, name, names, port, text, wholeNumber } from '../config/fields.ts';
import { DEFAULT_SETTINGS, type DispatcherSettings } from './settings.ts';

const seconds = (least: number, most: number) => wholeNumber(least, most).transform((value) => value * 1000);

const reconciler = z.string().transform((text, context) => {
  const address = parseAddress(text);
  if (address.ok) return address.value;
  // Not the problem itself: it says the value.
  context.addIssue({
    code: 'custom',
    message: 'must be https://host, http://host:port or grpc://host:port, or host:port on this machine',
  });
  return z.NEVER;
});

/** Everything a dispatcher reads from its environment. Times are in seconds there, in ms here. */
export const dispatcherConfig = z
  .object({
    [ENV.queue]: name.default('levelset'),
    [ENV.project]: text,
    [ENV.bucket]: text,
    [ENV.topic]: text,
    [ENV.failureTopic]: text.optional(),
    [ENV.region]: name,
    [ENV.regions]: names,
    [ENV.concurrency]: wholeNumber(1, 100_000),
    [ENV.reconciler]: reconciler,
    [ENV.port]: port.default(8080),
    [ENV.host]: text.optional(),
    [ENV.cloudRun]: text.optional(),
    [ENV.storageEndpoint]: z.url('must be a URL such as http://127.0.0.1:9023').optional(),
    [ENV.maxAttempts]: wholeNumber(0, 1_000_000).default(DEFAULT_SETTINGS.retry.maxAttempts),
    [ENV.backoffSeconds]: seconds(1, 86_400).default(DEFAULT_SETTINGS.retry.backoffMs),
    [ENV.backoffMaxSeconds]: seconds(1, 86_400).default(DEFAULT_SETTINGS.retry.backoffMaxMs),
    [ENV.deadlineSeconds]: seconds(1, 3_600).default(DEFAULT_SETTINGS.deadlineMs),
    [ENV.lockSeconds]: seconds(6, 300).default(DEFAULT_SETTINGS.lock.lifeMs),
    [ENV.watchSeconds]: seconds(1, 60).default(DEFAULT_SETTINGS.watchMs),
    [ENV.handoverSeconds]: seconds(0, 3_600).default(DEFAULT_SETTINGS.handoverMs),
    [ENV.graceSeconds]: seconds(0, 3_600).default(7_000),
    [ENV.billing]: z.enum(['request', 'instance'], 'must be request or instance').default(DEFAULT_SETTINGS.billing),
  })
  .transform((env, context) => {
    const problem = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    const regions = env[ENV.regions];
    if (!regions.includes(env[ENV.region])) problem(ENV.region, `must be one of ${ENV.regions}`);
    if (env[ENV.concurrency] < regions.length) {
      problem(
        ENV.concurrency,
        `must be at least the number of regions (${regions.length}): every region runs a share of it`,
      );
    }
    if (env[ENV.lockSeconds] < 2 * env[ENV.watchSeconds] + DEFAULT_SETTINGS.lock.marginMs) {
      problem(ENV.lockSeconds, `must be more than twice ${ENV.watchSeconds} and 2 s: one refresh may fail`);
    }
    if (env[ENV.backoffMaxSeconds] < env[ENV.backoffSeconds]) {
      problem(ENV.backoffMaxSeconds, `must not be less than ${ENV.backoffSeconds}`);
    }
    const settings: DispatcherSettings = {
      ...DEFAULT_SETTINGS,
      queue: env[ENV.queue],
      region: env[ENV.region],
      regions,
      concurrency: env[ENV.concurrency],
      retry: {
        maxAttempts: env[ENV.maxAttempts],
        backoffMs: env[ENV.backoffSeconds],
        backoffMaxMs: env[ENV.backoffMaxSeconds],
      },
      deadlineMs: env[ENV.deadlineSeconds],
      lock: { ...DEFAULT_SETTINGS.lock, lifeMs: env[ENV.lockSeconds] },
      watchMs: env[ENV.watchSeconds],
      handoverMs: env[ENV.handoverSeconds],
      billing: env[ENV.billing],
    };
    return {
      settings,
      project: env[ENV.project],
      bucket: env[ENV.bucket],
      topic: env[ENV.topic],
      failureTopic: env[ENV.failureTopic],
      reconciler: env[ENV.reconciler],
      port: env[ENV.port],
      host: bindHost(env[ENV.host], env[ENV.cloudRun]),
      storageEndpoint: env[ENV.storageEndpoint],
      graceMs: env[ENV.graceSeconds],
    };
  });
