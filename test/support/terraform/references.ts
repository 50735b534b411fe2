import type { Stack, Synthesized } from './workspace.ts';
import { PROJECT_NUMBER } from './stub-provider.ts';

const PROJECT = 'my-project';

/** Replaces references between resources and stacks by what Terraform would find there, as far as a config tells. */
export function resolver(stacks: Synthesized): (stack: Stack, text: string) => string {
  const everywhere = Object.values(stacks);

  function resolve(stack: Stack, text: string): string {
    return text.replace(/\$\{([^}]+)\}/g, (_whole, expression: string) => {
      const remote = /^data\.terraform_remote_state\.[\w-]+\.outputs\.([\w-]+)$/.exec(expression);
      if (remote) {
        const owner = everywhere.find(({ output }) => output?.[remote[1]!] !== undefined);
        if (!owner) throw new Error(`no stack has the output ${remote[1]}`);
        return resolve(owner, owner.output![remote[1]!]!.value);
      }
      if (expression === 'data.google_project.project.number') return PROJECT_NUMBER;
      const [type, id, attribute] = expression.split('.') as [string, string, string];
      const resource = stack.resource?.[type]?.[id];
      if (!resource) throw new Error(`the stack has no ${type}.${id}`);
      return valueOf(stack, type, resource, attribute);
    });
  }

  function valueOf(stack: Stack, type: string, resource: Record<string, any>, attribute: string): string {
    switch (`${type}.${attribute}`) {
      case 'google_service_account.email':
        return `${resource.account_id}@${PROJECT}.iam.gserviceaccount.com`;
      case 'google_project_iam_custom_role.name':
        return resource.role_id as string;
      case 'google_pubsub_topic.id':
        return `projects/${PROJECT}/topics/${resource.name}`;
      case 'google_cloud_run_v2_service.uri':
        return `https://${resource.name}-${resource.location}.a.run.app`;
      default: {
        const value = resource[attribute] as unknown;
        if (typeof value !== 'string') throw new Error(`${type} has no ${attribute} in its config`);
        return resolve(stack, value);
      }
    }
  }

  return resolve;
}
