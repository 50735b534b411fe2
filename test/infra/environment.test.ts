import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ENV } from '../../catalogue/environment.ts';
import { resourcesConfig } from '../../resources/config.ts';
import { apiConfig } from '../../services/api/config.ts';
import { dispatcherConfig } from '../../services/dispatcher/config.ts';
import { ingressConfig } from '../../services/ingress/config.ts';
import { receiverConfig } from '../../services/receiver/config.ts';
import { parseConfig } from '../../services/runtime/config.ts';
import type { InfraSettings } from '../../infra/config/schema.ts';
import { settingsFor, settingsWithResources } from '../support/infra-settings.ts';
import { resolver } from '../support/terraform/references.ts';
import { Scratch, synthesize } from '../support/terraform/workspace.ts';

/** Read by the runtime of every service, outside of its schema. */
const READ_BY_THE_RUNTIME = ['OTEL_EXPORTER_OTLP_ENDPOINT'];

/** The API reads two: its own, and that of the resources. */
const apiEnvironment = z.custom<object>().superRefine((env, context) => {
  for (const schema of [apiConfig, resourcesConfig]) {
    for (const { path, message } of schema.safeParse(env).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message });
    }
  }
});

const SCHEMAS: Readonly<Record<string, z.ZodType<object>>> = {
  'hello-rcv': receiverConfig,
  'hello-dsp': dispatcherConfig,
  'hello-ing': ingressConfig,
  'hello-api': apiEnvironment,
};

/** The environment of each service of ours in each region, as the container gets it. */
function environments(settings: InfraSettings) {
  using scratch = new Scratch();
  const stacks = synthesize(settings, scratch.path);
  const resolve = resolver(stacks);
  return Object.values(stacks).flatMap((stack) =>
    Object.values(stack.resource?.google_cloud_run_v2_service ?? {})
      .filter(({ name }) => name in SCHEMAS)
      .map((service) => {
        const all = service.template.containers[0].env as { name: string; value?: string }[];
        // Secrets are the user's own: no schema of ours reads them.
        const variables = all.filter((each): each is { name: string; value: string } => each.value !== undefined);
        const env = Object.fromEntries(variables.map(({ name, value }) => [name, resolve(stack, value)]));
        return { name: service.name as string, region: service.location as string, env };
      }),
  );
}

describe('what the infra sets', () => {
  test.for(
    [...environments(settingsFor(2)), ...environments(settingsWithResources())].map(
      (each) => [`${each.name} in ${each.region}`, each] as const,
    ),
  )('%s starts with it, and reads all of it', ([, { name, env }]) => {
    const schema = SCHEMAS[name]!;
    const parsed = parseConfig(schema, { ...env, PORT: '8080', K_SERVICE: name });
    expect(parsed.ok ? '' : parsed.problem).toBe('');
    const asked = new Set<string>();
    schema.safeParse(
      new Proxy(env, {
        get: (target, key) => (asked.add(String(key)), target[key as string]),
        has: (target, key) => (asked.add(String(key)), key in target),
      }),
    );
    const ignored = Object.keys(env).filter((key) => !asked.has(key) && !READ_BY_THE_RUNTIME.includes(key));
    expect(ignored).toEqual([]);
  });

  test('for the redrive job is in the catalogue, which the CLI reads by', () => {
    using scratch = new Scratch();
    const job = synthesize(settingsFor(2), scratch.path)['levelset-global']!.resource!.google_cloud_run_v2_job![
      'hello-redrive'
    ]!;
    const names = job.template.template.containers[0].env.map(({ name }: { name: string }) => name);
    expect(names).toEqual([
      'LEVELSET_QUEUE',
      'LEVELSET_PROJECT',
      'LEVELSET_BUCKET',
      'LEVELSET_TOPIC',
      'LEVELSET_REGIONS',
      'LEVELSET_OPERATOR',
    ]);
    expect(Object.values(ENV)).toEqual(expect.arrayContaining(names));
  });

  test("for a reconciler with documents is theirs, and the user's own goes before it", () => {
    using scratch = new Scratch();
    const settings = settingsWithResources();
    const [hello] = settings.queues;
    const reconciler = { ...hello!.reconciler, env: { LEVELSET_EVENTS_TOPIC: 'mine' } };
    const stacks = synthesize({ ...settings, queues: [{ ...hello!, reconciler }] }, scratch.path);
    const stack = stacks['levelset-us-central1']!;
    const { env } = stack.resource!.google_cloud_run_v2_service!['hello-reconciler']!.template.containers[0];
    const resolve = resolver(stacks);
    const told = env
      .slice(0, 3)
      .map(({ name, value }: { name: string; value: string }) => `${name}=${resolve(stack, value)}`);
    expect(told).toEqual([
      'LEVELSET_PROJECT=my-project',
      'LEVELSET_RESOURCES_BUCKET=my-project-hello-resources',
      'LEVELSET_EVENTS_TOPIC=mine',
    ]);
  });

  test('is what the config says', () => {
    const dispatcher = environments(settingsFor(2)).find(
      ({ name, region }) => name === 'hello-dsp' && region === 'europe-west1',
    );
    const parsed = parseConfig(dispatcherConfig, dispatcher!.env);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        bucket: 'my-project-hello-queue',
        topic: 'hello-hints',
        failureTopic: 'hello-failures',
        reconciler: { audience: 'https://hello-rec-europe-west1.a.run.app' },
        settings: {
          queue: 'hello',
          region: 'europe-west1',
          regions: ['us-central1', 'europe-west1'],
          concurrency: 20,
          billing: 'request',
          deadlineMs: 3_540_000,
          retry: { maxAttempts: 100, backoffMs: 30_000, backoffMaxMs: 600_000 },
        },
      },
    });
  });

  test('a variable that no service reads would be noticed', () => {
    const [first] = environments(settingsFor(1));
    const schema = SCHEMAS[first!.name] ?? dispatcherConfig;
    const asked = new Set<string>();
    schema.safeParse(
      new Proxy(
        {},
        { get: (_target, key) => void asked.add(String(key)), has: (_target, key) => (asked.add(String(key)), false) },
      ),
    );
    expect(asked.has('LEVELSET_QUEUE')).toBe(true);
    expect(asked.has('LEVELSET_UNHEARD_OF')).toBe(false);
  });
});
