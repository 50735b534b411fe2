import { describe, expect, test } from 'vitest';
import { settingsFor } from '../support/infra-settings.ts';
import { Scratch, type Stack, synthesize, type Synthesized } from '../support/terraform/workspace.ts';

/**
 * The golden files hold what is deployed, for reviewers to read the difference. After a change that is meant:
 * `npm run infra:golden`, and look at `git diff test/infra/golden`.
 */
const golden = (name: string) => `./golden/${name}.json`;

function stacksOf(regions: number): Synthesized {
  using scratch = new Scratch();
  return synthesize(settingsFor(regions), scratch.path);
}

/** As JSON to read: without what CDKTF notes down for itself, dashboards spelled out. */
function readable(value: unknown): string {
  const shown = JSON.stringify(
    value,
    (key, item: unknown) => {
      if (key === '//') return undefined;
      return key === 'dashboard_json' ? (JSON.parse(item as string) as unknown) : item;
    },
    2,
  );
  return `${shown}\n`;
}

/** Names of the resources of a stack, by kind. */
function inventory({ resource = {} }: Stack) {
  return Object.fromEntries(Object.entries(resource).map(([kind, resources]) => [kind, Object.keys(resources)]));
}

describe('what is deployed', () => {
  const two = stacksOf(2);

  test('the global stack is the reviewed one', async () => {
    const { google_monitoring_dashboard: _apart, ...resource } = two['levelset-global']!.resource!;
    await expect(readable({ ...two['levelset-global'], resource })).toMatchFileSnapshot(golden('global'));
  });

  test('the dashboards are the reviewed ones', async () => {
    await expect(readable(two['levelset-global']!.resource!.google_monitoring_dashboard)).toMatchFileSnapshot(
      golden('dashboards'),
    );
  });

  test('the stack of a region is the reviewed one', async () => {
    await expect(readable(two['levelset-us-central1'])).toMatchFileSnapshot(golden('us-central1'));
  });

  test.for([1, 2, 5])(
    'in %i regions it is one global stack and one for each region, resource by resource',
    async (regions) => {
      const stacks = stacksOf(regions);
      const names = settingsFor(regions).regions.map(({ name }) => name);
      expect(Object.keys(stacks).sort()).toEqual(
        ['levelset-global', ...names.map((name) => `levelset-${name}`)].sort(),
      );
      const all = Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [name, inventory(stack)]));
      await expect(readable(all)).toMatchFileSnapshot(golden(`inventory-${regions}`));
    },
  );

  test('no two resources of the project have one name', () => {
    const names = Object.values(stacksOf(5)).flatMap(({ resource = {} }) =>
      Object.entries(resource).flatMap(([kind, resources]) =>
        kind.includes('_iam_member')
          ? []
          : Object.values(resources).map(({ name, account_id, display_name, location, region }) => {
              const called = name ?? account_id ?? display_name;
              return called === undefined ? [] : `${kind} ${called} ${location ?? region ?? ''}`;
            }),
      ),
    );
    const plain = names.filter((name) => typeof name === 'string');
    expect(new Set(plain).size).toBe(plain.length);
  });

  test('regions are the same but for their name, their network and what only one of them takes', () => {
    const stacks = stacksOf(5);
    const [first, ...others] = settingsFor(5).regions.map(({ name }) => name);
    const neutral = (region: string) => {
      const { resource = {}, output } = structuredClone(stacks[`levelset-${region}`]!) as any;
      delete resource.google_pubsub_subscription['hello-events-uploads'];
      delete resource.google_pubsub_subscription_iam_member;
      const everywhere = settingsFor(5)
        .regions.map(({ name }) => name)
        .join(',');
      return readable({ resource, output }).replaceAll(everywhere, 'EVERYWHERE').replaceAll(region, 'HERE');
    };
    for (const region of others) expect(neutral(region)).toBe(neutral(first!));
  });
});

describe('the resources', () => {
  const stacks = stacksOf(2);
  const global = stacks['levelset-global']!.resource!;
  const region = stacks['levelset-europe-west1']!.resource!;
  const service = (name: string) => region.google_cloud_run_v2_service![`hello-${name}`]!;

  test('the bucket is closed to the public, forgets at once, keeps the audit for its time and is protected', () => {
    expect(global.google_storage_bucket!['hello-bucket']).toMatchObject({
      name: 'my-project-hello-queue',
      location: 'US',
      uniform_bucket_level_access: true,
      public_access_prevention: 'enforced',
      soft_delete_policy: { retention_duration_seconds: 0 },
      versioning: { enabled: false },
      lifecycle_rule: [{ action: { type: 'Delete' }, condition: { age: 400, matches_prefix: ['audit/'] } }],
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  test('hints are pushed as one identity, with ten minutes to answer, to the region they are for, and ticks to all', () => {
    const push = region.google_pubsub_subscription!['hello-hint-push']!;
    expect(push).toMatchObject({
      ack_deadline_seconds: 600,
      filter: 'attributes.region = "europe-west1" OR attributes.kind = "tick"',
      expiration_policy: { ttl: '' },
      message_retention_duration: '86400s',
      retry_policy: { minimum_backoff: '1s', maximum_backoff: '60s' },
    });
    expect(push.push_config.push_endpoint).toBe('${google_cloud_run_v2_service.hello-dispatcher.uri}');
    expect(push.push_config.oidc_token.audience).toBe(push.push_config.push_endpoint);
    expect(push.dead_letter_policy).toBeUndefined();
  });

  test('the tick is published each minute, as what dispatchers know as a tick', () => {
    expect(global.google_cloud_scheduler_job!['hello-tick']).toMatchObject({
      schedule: '* * * * *',
      pubsub_target: { attributes: { kind: 'tick' }, topic_name: '${google_pubsub_topic.hello-hints.id}' },
    });
  });

  test('services speak the protocol that they are called by, with an hour for a request', () => {
    const protocols = ['receiver', 'reconciler', 'dispatcher', 'ingress'].map(
      (name) => service(name).template.containers[0].ports.name,
    );
    expect(protocols).toEqual(['h2c', 'h2c', 'http1', 'http1']);
    for (const name of ['receiver', 'reconciler', 'dispatcher', 'ingress']) {
      expect(service(name).template.timeout).toBe('3600s');
      expect(service(name).template.vpc_access).toEqual({
        egress: 'ALL_TRAFFIC',
        network_interfaces: [{ network: 'default', subnetwork: 'levelset-europe-west1' }],
      });
    }
  });

  test('a region has one dispatcher, which has CPU only while it holds a push, unless it is told otherwise', () => {
    const { template } = service('dispatcher');
    expect(template.scaling).toEqual({ min_instance_count: 0, max_instance_count: 1 });
    expect(template.containers[0].resources.cpu_idle).toBe(true);
    expect(template.containers[0].args).toEqual(['dispatcher']);
    using scratch = new Scratch();
    const settings = settingsFor(1);
    const queues = [{ ...settings.queues[0]!, dispatcher: { billing: 'instance' as const, minInstances: 1 } }];
    const other = synthesize({ ...settings, queues }, scratch.path)['levelset-us-central1']!.resource!;
    const always = other.google_cloud_run_v2_service!['hello-dispatcher']!.template;
    expect(always.scaling).toEqual({ min_instance_count: 1, max_instance_count: 1 });
    expect(always.containers[0].resources.cpu_idle).toBe(false);
  });

  test("a user's own reconciler drops in, with its sidecar, secrets and identity", () => {
    using scratch = new Scratch();
    const settings = settingsFor(1);
    const reconciler = {
      image: 'ghcr.io/acme/reconciler-go:v3',
      port: 9000,
      env: { MODE: 'fast' },
      secrets: { TOKEN: { secret: 'api-token', version: '7' } },
      cpu: 2,
      memory: '2Gi',
      requestsPerInstance: 5,
      maxInstances: 8,
      serviceAccount: 'mine@my-project.iam.gserviceaccount.com',
      sidecars: [{ name: 'proxy', image: 'ghcr.io/acme/proxy:1' }],
    };
    const made = synthesize({ ...settings, queues: [{ ...settings.queues[0]!, reconciler }] }, scratch.path);
    const { template } = made['levelset-us-central1']!.resource!.google_cloud_run_v2_service!['hello-reconciler']!;
    expect(template.service_account).toBe('mine@my-project.iam.gserviceaccount.com');
    expect(template.max_instance_request_concurrency).toBe(5);
    expect(template.containers).toMatchObject([
      {
        image: 'ghcr.io/acme/reconciler-go:v3',
        ports: { container_port: 9000, name: 'h2c' },
        env: [
          { name: 'LEVELSET_PROJECT', value: 'my-project' },
          { name: 'LEVELSET_QUEUE', value: 'hello' },
          { name: 'LEVELSET_REGION', value: 'us-central1' },
          { name: 'MODE', value: 'fast' },
          { name: 'TOKEN', value_source: { secret_key_ref: { secret: 'api-token', version: '7' } } },
        ],
        resources: { limits: { cpu: '2', memory: '2Gi' } },
        startup_probe: { tcp_socket: { port: 9000 } },
      },
      { name: 'proxy', image: 'ghcr.io/acme/proxy:1' },
    ]);
    expect(Object.keys(made['levelset-global']!.resource!.google_service_account!)).not.toContain(
      'hello-reconciler-identity',
    );
  });

  test('regions wait for the global stack, and read from its state', () => {
    const region = stacks['levelset-europe-west1']!;
    expect(Object.keys(region.data?.terraform_remote_state ?? {})).toHaveLength(1);
    expect(region.terraform.backend).toEqual({ local: { path: '/state/europe-west1.tfstate' } });
    using scratch = new Scratch();
    const gcs = synthesize({ ...settingsFor(1), state: { kind: 'gcs', bucket: 'my-state' } }, scratch.path);
    expect(gcs['levelset-us-central1']!.terraform.backend).toEqual({
      gcs: { bucket: 'my-state', prefix: 'levelset/us-central1' },
    });
  });
});
