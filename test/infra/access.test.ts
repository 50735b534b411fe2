import { describe, expect, test } from 'vitest';
import { settingsFor, settingsWithResources } from '../support/infra-settings.ts';
import { accessGraph } from '../support/terraform/access-graph.ts';
import { Scratch, synthesize, type Synthesized } from '../support/terraform/workspace.ts';

function synthesized(): Synthesized {
  using scratch = new Scratch();
  return synthesize(settingsFor(1), scratch.path);
}

const BUCKET = 'my-project-hello-queue';
const LIVE = `below ${BUCKET}/queued/ ${BUCKET}/in-progress/ ${BUCKET}/dead-letter/`;
const PUBSUB = 'service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com';

/** All that anyone may do in a project with the example's queue in one region. A line more or a word more is a decision. */
const ALLOWED = [
  // Who calls whom.
  'frontend may [roles/run.invoker] on service hello-rcv in us-central1',
  'hello-dsp may [roles/run.invoker] on service hello-rec in us-central1',
  'hello-psh may [roles/run.invoker] on service hello-dsp in us-central1',
  'hello-psh may [roles/run.invoker] on service hello-ing in us-central1',
  'group:on-call@example.com may [roles/run.invoker] on job hello-rdv in us-central1',
  // Pub/Sub may be the push identity, and move events that the ingress refuses.
  `${PUBSUB} may [roles/iam.serviceAccountTokenCreator] on service_account projects/my-project/serviceAccounts/hello-psh`,
  `${PUBSUB} may [roles/pubsub.publisher] on topic hello-undeliverable`,
  `${PUBSUB} may [roles/pubsub.subscriber] on subscription hello-ing-uploads`,
  // Who publishes.
  'hello-rcv may [roles/pubsub.publisher] on topic hello-hints',
  'hello-ing may [roles/pubsub.publisher] on topic hello-hints',
  'hello-dsp may [roles/pubsub.publisher] on topic hello-hints',
  'hello-rdv may [roles/pubsub.publisher] on topic hello-hints',
  'group:on-call@example.com may [roles/pubsub.publisher] on topic hello-hints',
  'group:on-call@example.com may [roles/pubsub.viewer] on topic hello-hints',
  'hello-dsp may [roles/pubsub.publisher] on topic hello-failures',
  // Who touches the bucket.
  `hello-rcv may [get, list] on bucket ${BUCKET}`,
  `hello-rcv may [create, update] on bucket ${BUCKET} if below ${BUCKET}/queued/`,
  `hello-ing may [get, list] on bucket ${BUCKET}`,
  `hello-ing may [create, update] on bucket ${BUCKET} if below ${BUCKET}/queued/`,
  `hello-dsp may [get, list] on bucket ${BUCKET}`,
  `hello-dsp may [create, delete, update] on bucket ${BUCKET} if ${LIVE} ${BUCKET}/dispatchers/`,
  `hello-rdv may [get, list] on bucket ${BUCKET}`,
  `hello-rdv may [create, update] on bucket ${BUCKET} if below ${BUCKET}/queued/ ${BUCKET}/dead-letter/ ${BUCKET}/audit/`,
  `group:engineering@example.com may [storage.buckets.get] on bucket ${BUCKET}`,
  `group:on-call@example.com may [storage.buckets.get] on bucket ${BUCKET}`,
  `group:engineering@example.com may [get, list] on bucket ${BUCKET}`,
  `group:on-call@example.com may [get, list] on bucket ${BUCKET}`,
  `group:on-call@example.com may [create, delete, update] on bucket ${BUCKET} if ${LIVE} ${BUCKET}/control/`,
  `group:on-call@example.com may [create, update] on bucket ${BUCKET} if below ${BUCKET}/audit/`,
  // Who reads secrets, and who writes telemetry.
  'hello-rec may [roles/secretmanager.secretAccessor] on secret_manager_secret greeter-token',
  ...['hello-rcv', 'hello-ing', 'hello-dsp'].flatMap((who) => [
    `${who} may [roles/monitoring.metricWriter] on project my-project`,
    `${who} may [roles/cloudtrace.agent] on project my-project`,
  ]),
  // Whose writes to buckets are not logged.
  'DATA_WRITE of storage.googleapis.com is logged',
  ...['hello-rcv', 'hello-ing', 'hello-dsp', 'hello-rec', 'hello-rdv', 'hello-psh'].map(
    (who) => `${who} does DATA_WRITE of storage.googleapis.com unlogged`,
  ),
  // Who runs as whom.
  'service hello-rcv in us-central1 runs as hello-rcv, INGRESS_TRAFFIC_INTERNAL_ONLY',
  'service hello-ing in us-central1 runs as hello-ing, INGRESS_TRAFFIC_INTERNAL_ONLY',
  'service hello-dsp in us-central1 runs as hello-dsp, INGRESS_TRAFFIC_INTERNAL_ONLY',
  'service hello-rec in us-central1 runs as hello-rec, INGRESS_TRAFFIC_INTERNAL_ONLY',
  'job hello-rdv runs as hello-rdv',
  'subscription hello-hints-us-central1 pushes to https://hello-dsp-us-central1.a.run.app as hello-psh',
  'subscription hello-ing-uploads pushes to https://hello-ing-us-central1.a.run.app as hello-psh',
].sort();

/** Changes of a resource that would let someone do more, or do it unseen. */
function waysToWiden(kind: string, resource: Record<string, any>): Record<string, unknown>[] {
  if (kind === 'google_project_iam_custom_role') {
    return [{ permissions: [...resource.permissions, 'storage.objects.setIamPolicy'] }];
  }
  if (kind === 'google_project_iam_audit_config') {
    const [config] = resource.audit_log_config;
    const exempted_members = [...config.exempted_members, 'group:on-call@example.com'];
    return [{ audit_log_config: [] }, { audit_log_config: [{ ...config, exempted_members }] }];
  }
  if (kind === 'google_cloud_run_v2_service') {
    return [
      { ingress: 'INGRESS_TRAFFIC_ALL' },
      { invoker_iam_disabled: true },
      { template: { ...resource.template, service_account: 'someone@else.example' } },
    ];
  }
  if (kind === 'google_pubsub_subscription') {
    return [{ push_config: { ...resource.push_config, oidc_token: undefined } }];
  }
  if (!kind.endsWith('_iam_member')) return [];
  const { condition } = resource;
  return [
    { member: 'allUsers' },
    { role: 'roles/owner' },
    ...Object.keys(resource)
      .filter((about) => PLACES.includes(about))
      .map((about) => ({ [about]: 'another' })),
    ...(condition
      ? [{ condition: undefined }, { condition: { title: 'x', expression: `${condition.expression} || true` } }]
      : []),
  ];
}

/** What a binding is about. */
const PLACES = ['bucket', 'topic', 'subscription', 'name', 'service_account_id', 'secret_id', 'project'];

describe('access', () => {
  test('is what each part needs, and nothing else exists', () => {
    expect(accessGraph(synthesized())).toEqual(ALLOWED);
  });

  test('of two queues does not cross', () => {
    using scratch = new Scratch();
    const settings = settingsFor(1);
    const [hello] = settings.queues;
    const graph = accessGraph(
      synthesize({ ...settings, queues: [hello!, { ...hello!, name: 'other' }] }, scratch.path),
    );
    const crossing = graph.filter((line) => /\bhello-/.test(line) && /\bother-/.test(line));
    expect(crossing).toEqual([]);
    expect(graph.filter((line) => !/\bother-/.test(line))).toEqual(ALLOWED);
  });

  test('to documents is for the reconciler and their API, which may enqueue', () => {
    using scratch = new Scratch();
    const graph = accessGraph(synthesize(settingsWithResources(), scratch.path));
    const documents = 'my-project-hello-resources';
    expect(graph.filter((line) => !ALLOWED.includes(line))).toEqual(
      [
        'group:engineering@example.com may [roles/run.invoker] on service hello-api in us-central1',
        'hello-api may [roles/run.invoker] on service hello-rcv in us-central1',
        'hello-api may [roles/cloudtrace.agent] on project my-project',
        'hello-api may [roles/monitoring.metricWriter] on project my-project',
        'hello-api does DATA_WRITE of storage.googleapis.com unlogged',
        'hello-api may [roles/secretmanager.secretAccessor] on secret_manager_secret api-key',
        ...['hello-api', 'hello-rec'].flatMap((who) => [
          `${who} may [get, list] on bucket ${documents}`,
          `${who} may [create, delete, update] on bucket ${documents}`,
          `${who} may [roles/pubsub.publisher] on topic hello-events`,
        ]),
        'service hello-api in us-central1 runs as hello-api, INGRESS_TRAFFIC_INTERNAL_ONLY',
      ].sort(),
    );
  });

  test('cannot be widened unseen: each binding, by role, member, condition and place', () => {
    const original = synthesized();
    let widened = 0;
    for (const [stackName, stack] of Object.entries(original)) {
      for (const [kind, resources] of Object.entries(stack.resource ?? {})) {
        for (const [id, resource] of Object.entries(resources)) {
          for (const way of waysToWiden(kind, resource)) {
            const copy = structuredClone(original) as any;
            Object.assign(copy[stackName].resource[kind][id], way);
            expect(accessGraph(copy), `${id} ${JSON.stringify(way)}`).not.toEqual(ALLOWED);
            widened += 1;
          }
        }
      }
    }
    expect(widened).toBeGreaterThan(130);
  });

  test('by other means than the graph shows is refused', () => {
    const stacks = structuredClone(synthesized()) as any;
    stacks['levelset-global'].resource.google_storage_bucket_iam_binding = { all: { members: ['allUsers'] } };
    expect(() => accessGraph(stacks)).toThrow('google_storage_bucket_iam_binding');
  });
});
