import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { dispatcherConfig } from '../../services/dispatcher/config.ts';
import { receiverConfig } from '../../services/receiver/config.ts';
import { parseConfig } from '../../services/runtime/config.ts';
import { settingsFor } from '../support/infra-settings.ts';
import { ROOT } from '../support/source-graph.ts';
import { resolver } from '../support/terraform/references.ts';
import { Scratch, synthesize } from '../support/terraform/workspace.ts';

/** Read by the runtime of every service, outside of its schema. */
const READ_BY_THE_RUNTIME = ['OTEL_EXPORTER_OTLP_ENDPOINT'];

const ingressConfig = existsSync(join(ROOT, 'services/ingress/config.ts'))
  ? ((await import(join(ROOT, 'services/ingress/config.ts'))) as { ingressConfig: z.ZodType<object> }).ingressConfig
  : undefined;

const SCHEMAS: Readonly<Record<string, z.ZodType<object> | undefined>> = {
  'hello-rcv': receiverConfig,
  'hello-dsp': dispatcherConfig,
  'hello-ing': ingressConfig,
};

/** The environment of each service of ours in each region, as the container gets it. */
function environments(regions: number) {
  using scratch = new Scratch();
  const stacks = synthesize(settingsFor(regions), scratch.path);
  const resolve = resolver(stacks);
  return Object.values(stacks).flatMap((stack) =>
    Object.values(stack.resource?.google_cloud_run_v2_service ?? {})
      .filter(({ name }) => name in SCHEMAS)
      .map((service) => {
        const variables = service.template.containers[0].env as { name: string; value: string }[];
        const env = Object.fromEntries(variables.map(({ name, value }) => [name, resolve(stack, value)]));
        return { name: service.name as string, region: service.location as string, env };
      }),
  );
}

describe('what the infra sets', () => {
  test.for(environments(2).map((each) => [`${each.name} in ${each.region}`, each] as const))(
    '%s starts with it, and reads all of it',
    ([, { name, env }], { skip }) => {
      const schema = SCHEMAS[name];
      if (!schema) return skip('the ingress is not there yet');
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
    },
  );

  test('is what the config says', () => {
    const dispatcher = environments(2).find(({ name, region }) => name === 'hello-dsp' && region === 'europe-west1');
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
    const [first] = environments(1);
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
