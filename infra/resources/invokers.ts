import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import { CloudRunV2ServiceIamMember } from '@cdktf/provider-google/lib/cloud-run-v2-service-iam-member/index.js';
import type { Construct } from 'constructs';

/** These, and nobody else, may call the service. */
export function mayInvoke(
  scope: Construct,
  id: string,
  service: CloudRunV2Service,
  callers: Readonly<Record<string, string>>,
): void {
  for (const [who, member] of Object.entries(callers)) {
    new CloudRunV2ServiceIamMember(scope, `${id}-${who}`, {
      name: service.name,
      location: service.location,
      role: 'roles/run.invoker',
      member,
    });
  }
}

/** Callers that a config lists, by their place in it. */
export function listed(callers: readonly string[]): Record<string, string> {
  return Object.fromEntries(callers.map((member, index) => [`caller-${index}`, member]));
}
