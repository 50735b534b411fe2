import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { SecretManagerSecretIamMember } from '@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js';
import { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import type { Construct } from 'constructs';
import { type Part, partName } from '../config/names.ts';
import type { Infra, Queue } from '../config/schema.ts';

/** E-mails of the identities of one queue. */
export type Identities = Readonly<Record<Exclude<Part, 'ingress'>, string>> & { readonly ingress?: string };

const PURPOSE: Readonly<Record<Part, string>> = {
  receiver: 'takes enqueues',
  ingress: 'takes events',
  dispatcher: 'leases keys and calls the reconciler',
  reconciler: 'brings keys to their desired state',
  redrive: 'queues dead letters again',
  push: 'who Pub/Sub is when it pushes',
};

/** An identity for each part of a queue; the reconciler's may be one that exists. */
export function identities(scope: Construct, infra: Infra, queue: Queue): Identities {
  const create = (part: Part) =>
    new ServiceAccount(scope, `${queue.name}-${part}-identity`, {
      accountId: partName(queue.name, part),
      displayName: `${queue.name}: ${PURPOSE[part]}`,
    }).email;
  const made = {
    receiver: create('receiver'),
    ...(queue.ingress ? { ingress: create('ingress') } : {}),
    dispatcher: create('dispatcher'),
    reconciler: queue.reconciler.serviceAccount ?? create('reconciler'),
    redrive: create('redrive'),
    push: create('push'),
  };
  if (infra.telemetry.enabled) {
    const writers = { receiver: made.receiver, ingress: made.ingress, dispatcher: made.dispatcher };
    for (const [part, email] of Object.entries(writers))
      if (email) mayWriteTelemetry(scope, infra, `${queue.name}-${part}`, email);
  }
  return made;
}

/** Their collectors write with the identity of the service. */
function mayWriteTelemetry(scope: Construct, infra: Infra, id: string, email: string): void {
  const { project } = infra;
  const member = memberOf(email);
  new ProjectIamMember(scope, `${id}-metrics`, { project, role: 'roles/monitoring.metricWriter', member });
  new ProjectIamMember(scope, `${id}-traces`, { project, role: 'roles/cloudtrace.agent', member });
}

/** Pub/Sub may be the push identity, and no other. */
export function mayMintTokens(scope: Construct, infra: Infra, queue: Queue, push: string, pubsubAgent: string): void {
  new ServiceAccountIamMember(scope, `${queue.name}-push-tokens`, {
    serviceAccountId: `projects/${infra.project}/serviceAccounts/${push}`,
    role: 'roles/iam.serviceAccountTokenCreator',
    member: pubsubAgent,
  });
}

/** The reconciler may read the secrets that its config names. */
export function mayReadSecrets(scope: Construct, queue: Queue, reconciler: string): void {
  const { secrets, sidecars } = queue.reconciler;
  const all = [secrets, ...sidecars.map((sidecar) => sidecar.secrets)].flatMap((each) => Object.values(each));
  for (const secretId of new Set(all.map(({ secret }) => secret))) {
    new SecretManagerSecretIamMember(scope, `${queue.name}-secret-${secretId}`, {
      secretId,
      role: 'roles/secretmanager.secretAccessor',
      member: memberOf(reconciler),
    });
  }
}

export function memberOf(email: string): string {
  return `serviceAccount:${email}`;
}
