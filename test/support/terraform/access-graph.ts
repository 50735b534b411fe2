import { resolver } from './references.ts';
import type { Stack, Synthesized } from './workspace.ts';

/** Attributes of a binding that say what it is about; the rest says who, how and when. */
const ABOUT = ['bucket', 'topic', 'subscription', 'name', 'service_account_id', 'secret_id', 'project'] as const;

/** Kinds of resources that give access in a way that the graph does not read: there must be none. */
const OTHER_WAYS = /_iam_(binding|policy)$|_acl$|_access_control$|_key$|_hmac|(?<!google_project)_iam_audit/;

/**
 * Who may do what, one line each, sorted: made of every binding in every stack, with references resolved and custom roles
 * spelled out. Also who runs as whom, and as whom Pub/Sub pushes. Throws on a kind of resource that gives access otherwise.
 */
export function accessGraph(stacks: Synthesized): string[] {
  const resolve = resolver(stacks);
  const roles = new Map<string, string[]>();
  for (const stack of Object.values(stacks)) {
    for (const { role_id, permissions } of of(stack, 'google_project_iam_custom_role')) {
      roles.set(role_id as string, permissions as string[]);
    }
  }
  const lines = Object.values(stacks).flatMap((stack) => {
    const read = (value: unknown) => short(resolve(stack, String(value)));
    const kinds = Object.keys(stack.resource ?? {});
    const stranger = kinds.find((kind) => OTHER_WAYS.test(kind));
    if (stranger !== undefined) throw new Error(`access that the graph does not show: ${stranger}`);
    return [
      ...kinds
        .filter((kind) => kind.endsWith('_iam_member'))
        .flatMap((kind) =>
          of(stack, kind).map((binding) => {
            const about = ABOUT.filter((name) => binding[name] !== undefined).map((name) => read(binding[name]));
            const where = binding.location === undefined ? '' : ` in ${read(binding.location)}`;
            const role = read(binding.role);
            const what = roles.get(role)?.join(', ').replaceAll('storage.objects.', '') ?? role;
            const when = binding.condition === undefined ? '' : ` if ${prefixes(read(binding.condition.expression))}`;
            return `${read(binding.member)} may [${what}] on ${thing(kind)} ${about.join(' ')}${where}${when}`;
          }),
        ),
      ...of(stack, 'google_project_iam_audit_config').flatMap(({ service, audit_log_config: configs }) =>
        configs.flatMap(({ log_type: type, exempted_members: exempted = [] }: Record<string, any>) => [
          `${type} of ${service} is logged`,
          ...exempted.map((who: string) => `${read(who)} does ${type} of ${service} unlogged`),
        ]),
      ),
      ...of(stack, 'google_cloud_run_v2_service').map((service) => {
        const open = service.invoker_iam_disabled === true ? ', OPEN TO ALL' : '';
        return `service ${service.name} in ${service.location} runs as ${read(service.template.service_account)}, ${service.ingress}${open}`;
      }),
      ...of(stack, 'google_cloud_run_v2_job').map(
        (job) => `job ${job.name} runs as ${read(job.template.template.service_account)}`,
      ),
      ...of(stack, 'google_pubsub_subscription').map(
        ({ name, push_config: push }) =>
          `subscription ${name} pushes to ${read(push.push_endpoint)} as ${read(push.oidc_token?.service_account_email ?? 'NOBODY')}`,
      ),
    ];
  });
  return lines.sort();
}

function of(stack: Stack, kind: string): Record<string, any>[] {
  return Object.values(stack.resource?.[kind] ?? {});
}

function thing(kind: string): string {
  return kind
    .replace(/^google_/, '')
    .replace(/_iam_member$/, '')
    .replace('cloud_run_v2_', '')
    .replace('storage_', '')
    .replace('pubsub_', '');
}

function short(text: string): string {
  return text.replaceAll('serviceAccount:', '').replaceAll('@my-project.iam.gserviceaccount.com', '');
}

/** `resource.name.startsWith("projects/_/buckets/B/objects/queued/") || ...` as `below queued/ ...`; anything else as it is. */
function prefixes(expression: string): string {
  const tests = expression
    .split(' || ')
    .map((test) => /^resource\.name\.startsWith\("projects\/_\/buckets\/([\w-]+)\/objects\/([\w-]+\/)"\)$/.exec(test));
  return tests.every((test) => test !== null)
    ? `below ${tests.map((test) => `${test[1]}/${test[2]}`).join(' ')}`
    : expression;
}
